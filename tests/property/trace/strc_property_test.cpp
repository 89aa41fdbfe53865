// SPDX-License-Identifier: Apache-2.0
// Whatever events there are, our own format gives them back; and a window of time is what a filter over all would give.
#include <algorithm>
#include <vector>

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "samples.hpp"
#include "trace/writer.hpp"

namespace {

using trace::Event;

constexpr std::uint32_t kNames = 40;

/// Questions and clients that events refer to.
void fill(trace::Dictionary& dictionary) {
  for (std::uint32_t i = 0; i < kNames; ++i) {
    dns::NameWire room;
    base::ByteReader in(dns::name_from_text(fmt::format("n{}.example.", i), room));
    RC_ASSERT(dictionary.intern(dns::NameView::read_plain(in), static_cast<dns::QType>(i % 3 + 1), dns::QClass::kIn));
    const auto retry = static_cast<trace::RetryProfile>(i % trace::kRetryProfiles);
    RC_ASSERT(dictionary.intern(trace::Client{*net::parse_address(fmt::format("10.0.0.{}", i)), retry}));
  }
}

std::vector<Event> any_events() {
  const auto seeds = *rc::gen::container<std::vector<std::uint64_t>>(rc::gen::arbitrary<std::uint64_t>());
  std::vector<Event> events;
  std::int64_t at_ns = 0;
  for (const std::uint64_t seed : seeds) {
    at_ns += static_cast<std::int64_t>(seed >> (seed % 40 + 24U));
    events.push_back({.at_ns = at_ns,
                      .question = static_cast<std::uint32_t>(seed % kNames),
                      .client = static_cast<std::uint32_t>(seed / 7 % kNames),
                      .ttl_sec = seed % 5 == 0 ? trace::kUnknownTtl : static_cast<std::uint32_t>(seed >> 32U),
                      .answer_bytes = static_cast<std::uint16_t>(seed),
                      .rcode = static_cast<std::uint8_t>(seed >> 8U),
                      .flags = static_cast<std::uint8_t>(seed >> 16U)});
  }
  return events;
}

/// Numbers of two dictionaries, made the same.
void expect_same(const trace::Dictionary& dictionary, std::vector<Event> wanted, const samples::Read& read) {
  RC_ASSERT(read.error.empty());
  RC_ASSERT(read.events.size() == wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const trace::Question a = dictionary.question(wanted[i].question);
    const trace::Question b = read.dictionary.question(read.events[i].question);
    RC_ASSERT(std::ranges::equal(a.qname, b.qname) && a.qtype == b.qtype);
    const trace::Client& client = read.dictionary.client(read.events[i].client);
    RC_ASSERT(dictionary.client(wanted[i].client).address == client.address);
    RC_ASSERT(dictionary.client(wanted[i].client).retry == client.retry);
    wanted[i].question = read.events[i].question;
    wanted[i].client = read.events[i].client;
    RC_ASSERT(wanted[i] == read.events[i]);
  }
}

TEST(StrcProperty, WhatIsWrittenIsRead) {
  EXPECT_TRUE(rc::check("round trip", [] {
    const samples::Folder folder;
    trace::Dictionary dictionary;
    fill(dictionary);
    const std::vector<Event> events = any_events();
    const auto writer = trace::create(folder.path("a.strc"), trace::Format::kStrc, dictionary, {});
    RC_ASSERT((*writer)->write(events).has_value());
    RC_ASSERT((*writer)->finish().has_value());
    expect_same(dictionary, events, samples::Read(folder.path("a.strc")));
    trace::OpenOptions window;
    window.from_ns = events.empty() ? 0 : events[*rc::gen::inRange<std::size_t>(0, events.size())].at_ns;
    window.to_ns = window.from_ns + *rc::gen::inRange<std::int64_t>(1, 1'000'000'000);
    std::vector<Event> within;
    std::copy_if(events.begin(), events.end(), std::back_inserter(within),
                 [&](const Event& event) { return event.at_ns >= window.from_ns && event.at_ns < window.to_ns; });
    expect_same(dictionary, within, samples::Read(folder.path("a.strc"), window));
  }));
}

}  // namespace
