// SPDX-License-Identifier: Apache-2.0
// Frames of each kind.
#include "scenarios.hpp"

#include <algorithm>
#include <random>

namespace perf {
namespace {

constexpr std::size_t kHitFrames = 16 * kBatch;
constexpr std::size_t kMostHitFrames = 2'048 * kBatch;  // their entries exceed the CPU's caches
constexpr std::uint64_t kNewNames = 50'000'000;         // none of these is ever in the cache

Client client(std::size_t i) { return {static_cast<std::uint32_t>(i % 200), static_cast<std::uint16_t>(i)}; }

std::vector<Frame> hits(std::uint64_t entries, const IsKept& is_kept, Opt opt) {
  std::vector<Frame> frames;
  std::mt19937_64 random(1);
  const std::size_t count = std::clamp<std::size_t>(entries / kBatch * kBatch, kHitFrames, kMostHitFrames);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t name = random() % entries;
    while (!is_kept(name)) name = random() % entries;
    frames.push_back(query(name, client(i), opt));
  }
  return frames;
}

std::vector<Frame> misses() {
  std::vector<Frame> frames;
  for (std::size_t i = 0; i < kBatch; ++i) frames.push_back(query(kNewNames + i, client(i)));
  return frames;
}

/// One question of 256 clients; the first client opens it and is not measured.
std::vector<Frame> joins() {
  std::vector<Frame> frames;
  for (std::size_t i = 0; i < kBatch; ++i) {
    frames.push_back(query(kNewNames, {static_cast<std::uint32_t>(i + 1), static_cast<std::uint16_t>(i)}));
  }
  return frames;
}

template <class Break>
std::vector<Frame> broken(Break&& spoil) {
  std::vector<Frame> frames;
  for (std::size_t i = 0; i < kBatch; ++i) frames.push_back(spoil(i));
  return frames;
}

Frame bad_ip_checksum(std::size_t i) {
  Frame frame = query(i, client(i));
  frame[24] ^= std::byte{0x55};
  return frame;
}

Frame bad_udp_checksum(std::size_t i) {
  Frame frame = query(i, client(i));
  frame[frame.size() - 1] ^= std::byte{0x55};
  return frame;
}

Frame short_dns(std::size_t i) { return datagram(base::Bytes(message(i, 1)).first(11), client(i)); }

/// The last label goes past the end of the message.
Frame long_name(std::size_t i) {
  std::vector<std::byte> bytes = message(i, static_cast<std::uint16_t>(i));
  bytes[12 + 16] = std::byte{40};
  return datagram(bytes, client(i));
}

Frame response(std::size_t i) {
  std::vector<std::byte> bytes = message(i, static_cast<std::uint16_t>(i));
  bytes[2] |= std::byte{0x80};
  return datagram(bytes, client(i));
}

}  // namespace

std::vector<Scenario> all_scenarios(std::uint64_t entries, const IsKept& is_kept) {
  using answer::Counter;
  return {
      {"hit", "cached answer, one A", hits(entries, is_kept, Opt::kNone), Counter::kHit},
      {"hit_edns", "the same for a client with EDNS", hits(entries, is_kept, Opt::kPresent), Counter::kHit},
      {"miss", "new name: a waiter kept, a record in the egress ring", misses(), Counter::kAsked, false, true},
      {"join", "a name whose question is already in flight", joins(), Counter::kJoined, false, true,
       query(kNewNames, {0, 1})},
      {"formerr", "malformed: a label past the end, answered FORMERR", broken(long_name), Counter::kFormErr},
      {"short", "malformed: no DNS header, dropped", broken(short_dns), Counter::kDropShort, false},
      {"response", "malformed: a response instead of a query, dropped", broken(response), Counter::kDropIsResponse,
       false},
      {"ip_checksum", "malformed: IP checksum, dropped", broken(bad_ip_checksum), Counter::kFrameIpChecksum, false},
      {"udp_checksum", "malformed: UDP checksum, dropped", broken(bad_udp_checksum), Counter::kFrameUdpChecksum, false},
  };
}

std::vector<Scenario> scale_scenarios(std::uint64_t entries) {
  using answer::Counter;
  std::vector<Scenario> list;
  std::uint64_t first = 20'000'000;
  for (const std::size_t records : {1U, 4U, 16U, 32U, 70U}) {
    const std::size_t bytes = 12 + kNameBytes + 4 + 16 * records + 11;
    Scenario scenario{"answer_" + std::to_string(bytes), "cached answers of this many bytes, EDNS", {}, Counter::kHit};
    for (std::size_t i = 0; i < kHitFrames; ++i) {
      scenario.frames.push_back(query(first + i * 7 % 1'000, client(i), Opt::kPresent));
    }
    scenario.fill = {.first = first, .count = 1'000, .records = records};
    list.push_back(std::move(scenario));
    first += 1'000'000;
  }
  for (const std::uint32_t clients : {1U, 100U, 10'000U, 60'000U}) {
    Scenario scenario{"clients_" + std::to_string(clients), "cached answers to this many addresses", {}, Counter::kHit};
    for (std::size_t i = 0; i < kHitFrames; ++i) {
      const auto number = static_cast<std::uint32_t>(i * 7'919 % clients);
      scenario.frames.push_back(query(i % entries, {number, static_cast<std::uint16_t>(i)}));
    }
    list.push_back(std::move(scenario));
  }
  for (const std::size_t percent : {0U, 50U, 90U, 99U, 100U}) {
    Scenario scenario{"hits_" + std::to_string(percent),
                      "this many of each hundred queries are in the cache",
                      {},
                      Counter::kQueries,
                      false,
                      true};
    for (std::size_t i = 0; i < kBatch; ++i) {
      const bool is_hit = i * 100 / kBatch < percent;
      scenario.frames.push_back(query(is_hit ? i % entries : kNewNames + i, client(i)));
    }
    std::shuffle(scenario.frames.begin(), scenario.frames.end(), std::mt19937_64(3));
    list.push_back(std::move(scenario));
  }
  return list;
}

}  // namespace perf
