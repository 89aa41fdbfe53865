// SPDX-License-Identifier: Apache-2.0
// Traces written by hand, and random ones that come again with the same seed.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "net/address.hpp"
#include "rig/catalogue.hpp"
#include "rig/run.hpp"
#include "support/dns_wire.hpp"
#include "trace/dictionary.hpp"
#include "trace/source.hpp"

namespace test {

/// Events as they are put in.
class ListSource final : public trace::Source {
 public:
  [[nodiscard]] diag::Result<std::size_t> next(std::span<trace::Event> out) override {
    const std::size_t count = std::min(out.size(), events.size() - at_);
    std::copy_n(events.begin() + static_cast<std::ptrdiff_t>(at_), count, out.begin());
    at_ += count;
    return count;
  }
  [[nodiscard]] diag::Status rewind() override {
    at_ = 0;
    return {};
  }
  [[nodiscard]] const trace::Info& info() const noexcept override { return about; }
  [[nodiscard]] const trace::Skips& skips() const noexcept override { return skips_; }
  [[nodiscard]] trace::Progress progress() const noexcept override { return {at_, events.size()}; }

  std::vector<trace::Event> events;
  trace::Info about;

 private:
  std::size_t at_ = 0;
  trace::Skips skips_;
};

/// "n17.example"
inline std::string numbered(std::uint64_t number) {
  std::string name(1, 'n');
  name += std::to_string(number);
  name += ".example";
  return name;
}

struct Said {
  std::uint32_t ttl_sec = 300;
  dns::QType qtype = dns::QType::kA;
  std::uint32_t client = 0;
  std::uint8_t rcode = 0;
  std::uint16_t bytes = 100;
  std::uint8_t flags = 0;
};

class TraceWorld {
 public:
  std::uint32_t question(const std::string& name, dns::QType qtype = dns::QType::kA) {
    const Wire wire = Wire().name(name);
    base::ByteReader in(wire.view());
    return dictionary.intern(dns::NameView::read_plain(in), qtype, dns::QClass::kIn).value();
  }
  std::uint32_t client(std::uint32_t number) {
    const std::array<std::byte, 4> octets{std::byte{10}, std::byte{0}, static_cast<std::byte>(number >> 8U),
                                          static_cast<std::byte>(number)};
    return dictionary.intern(trace::Client{.address = net::IpAddress::v4(octets.data())}).value();
  }
  void ask(double at_sec, const std::string& name, const Said& said = {}) {
    source.events.push_back({.at_ns = static_cast<std::int64_t>(at_sec * 1e9),
                             .question = question(name, said.qtype),
                             .client = client(said.client),
                             .ttl_sec = said.ttl_sec,
                             .answer_bytes = said.bytes,
                             .rcode = said.rcode,
                             .flags = said.flags});
  }
  /// Zipf-like names, `per_second` of them, each with the TTL that its number gives it.
  void ask_many(std::size_t queries, std::uint32_t names, double per_second, std::uint64_t seed,
                std::vector<std::uint32_t> ttls_sec = {86'400}, std::uint32_t clients = 1) {
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> share(0, 1);
    for (std::size_t i = 0; i < queries; ++i) {
      const auto rank = static_cast<std::uint32_t>(std::pow(static_cast<double>(names), share(random)) - 1);
      ask(static_cast<double>(i) / per_second, numbered(rank),
          {.ttl_sec = ttls_sec[rank % ttls_sec.size()], .client = static_cast<std::uint32_t>(random() % clients)});
    }
  }

  /// What comes of the trace in these configurations, in their order.
  std::vector<rig::Stats> simulate(const std::vector<rig::Configuration>& cells, unsigned threads = 1) {
    std::vector<rig::Stats> all;
    rig::RunSpec spec{.world = world, .cells = cells, .threads = threads, .on_progress = {}, .on_outcome = {}};
    spec.on_outcome = [&](const rig::Outcome& outcome) -> diag::Status {
      all.push_back(outcome.stats);
      return {};
    };
    const auto done = rig::run(source, dictionary, spec);
    if (!done) throw std::runtime_error(done.error().sentence());
    return all;
  }
  rig::Stats simulate(const rig::Configuration& cell) { return simulate(std::vector{cell}).front(); }

  trace::Dictionary dictionary;
  ListSource source;
  rig::World world;
};

/// Upstreams that answer at once and without limit: policies alone count.
inline rig::World instant_world() { return {.latency = base::Duration{0}}; }
inline rig::Configuration unlimited(rig::Policy policy, std::uint64_t size_bytes = 16U << 20U) {
  return {.policy = policy, .size_bytes = size_bytes, .stale_sec = 0, .prefetch_percent = 0, .budget_pps = 0};
}

}  // namespace test
