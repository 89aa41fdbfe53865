// SPDX-License-Identifier: Apache-2.0
/// @file test_appliance.hpp – the appliance without EAL, and the View of it that boot would make.
///
/// Purpose    reports and verbs are tested on the daemon's own objects.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "dns/text.hpp"
#include "in_process.hpp"
#include "raw_frame.hpp"
#include "reports/view.hpp"

namespace reports::testing {

inline std::vector<std::byte> wire(std::string_view name) {
  dns::NameWire room;
  const base::Bytes bytes = dns::name_from_text(name, room);
  return {bytes.begin(), bytes.end()};
}

struct TestAppliance {
  static test::InProcessSpec spec_of(std::size_t workers) {
    test::InProcessSpec spec;
    spec.workers = workers;
    spec.tcp = true;
    return spec;
  }
  explicit TestAppliance(std::size_t workers = 1) : TestAppliance(spec_of(workers)) {}
  explicit TestAppliance(test::InProcessSpec spec) : in_process(spec) {
    const std::size_t workers = spec.workers;
    settings.profile.name = "af_packet";
    settings.port.device = "veth0";
    settings.port.addresses = {{test::InProcess::v4(10, 77, 0, 53), 24}, {test::InProcess::v6(0xfd77, 0x53), 64}};
    settings.uplink_names = {"vpc"};
    egress::UplinkSettings uplink;
    static_cast<void>(uplink.servers.push_back(test::InProcess::v4(10, 77, 0, 2)));
    static_cast<void>(settings.egress.uplinks.push_back(uplink));
    config::PollThread thread;
    for (std::uint16_t i = 0; i < workers; ++i) {
      thread.workers.push_back(base::WorkerId(i));
      worker_views.push_back(&in_process.worker(i));
    }
    thread.egress = true;
    settings.lcores.threads = {thread};
    view = {.settings = &settings,
            .clock = &in_process.clock,
            .started_at = in_process.clock.now(),
            .workers = worker_views,
            .tcp_responder = &in_process.tcp_responder(),
            .tcp = &tcp_counters,
            .engine = &in_process.engine(),
            .egress_role = &in_process.egress_counters(),
            .slowpath = nullptr,
            .cache = &in_process.cache(),
            .hash = &in_process.hash(),
            .forward = &in_process.forward(),
            .qsbr = &in_process.qsbr(),
            .qsbr_reader = workers + 1,
            .port =
                [] {
                  return PortStats{"net_fake", true, 5, 64, {{"rx_good_packets", 7}}};
                },
            .healthy = [] { return true; }};
  }

  /// Stores one A record, 192.0.2.1, as the egress core does.
  void store(std::string_view name, std::uint32_t ttl_sec, std::uint8_t flags = 0) {
    const std::vector<std::byte> qname = wire(name);
    base::ByteReader in(qname);
    dns::QuestionKey key;
    key.assign(dns::NameView::read_plain(in), dns::QType::kA, dns::QClass::kIn, dns::UplinkId(0), flags);
    std::array<std::byte, 16> record{};
    base::ByteWriter out(record);
    out.u16(0xc00c);
    out.u16(1);
    out.u16(1);
    out.u32(ttl_sec);
    out.u16(4);
    out.u32(0xc0000201);
    static constexpr std::array<std::uint16_t, 1> kTtlOffsets{6};
    const cache::NewEntry entry{.key = key.view(),
                                .hash = in_process.hash()(key.view().bytes()),
                                .image = {.records = record, .ttl_offsets = kTtlOffsets, .ancount = 1},
                                .kind = dns::AnswerKind::kPositive,
                                .ttl_sec = ttl_sec,
                                .keep_sec = 100};
    SLUICE_REQUIRE(in_process.cache().insert(entry, in_process.clock.now()) != nullptr);
  }

  static test::RawBytes question(std::string_view name) {
    test::RawBytes payload{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    for (const std::byte b : wire(name)) payload.push_back(std::to_integer<std::uint8_t>(b));
    test::put16(payload, 1);
    test::put16(payload, 1);
    return payload;
  }
  /// A client asks for an A record.
  void ask_by_tcp(std::string_view name) {
    test::Frame message;
    for (const std::uint8_t b : question(name)) message.push_back(std::byte{b});
    net::Flow flow;
    flow.source = test::InProcess::v4(10, 77, 0, 100);
    flow.destination = test::InProcess::v4(10, 77, 0, 53);
    in_process.tcp_query({0, 1}, flow, message);
    in_process.settle();
  }
  void ask(std::string_view name, std::size_t worker = 0, std::uint16_t port = 0) {
    const test::RawBytes payload = question(name);
    test::RawUdp udp;
    udp.source_ip = {10, 77, 0, 100};
    udp.destination_ip = {10, 77, 0, 53};
    if (port != 0) udp.source_port = port;
    udp.payload = payload;
    test::Frame frame;
    for (const std::uint8_t b : udp.frame()) frame.push_back(std::byte{b});
    in_process.port(worker).arrive(std::move(frame));
    in_process.settle();
  }

  test::InProcess in_process;
  config::Settings settings;
  std::vector<const worker::Worker*> worker_views;
  tcp_server::Counters tcp_counters;
  View view;
};

}  // namespace reports::testing
