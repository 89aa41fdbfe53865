// SPDX-License-Identifier: Apache-2.0
/// @file catalogue.hpp – what a trace's questions are to a cache: keys and hashes, made once for all configurations.
///
/// Purpose    an item is what a cache keeps under one key: the answer to a question with its DO and CD bits, or "no such
///            name" for all types of a name (RFC 2308 §5). Items have dense numbers, so that models need no hash table.
/// Threads    one writer (take); lanes read the items that their events name, while the writer goes on.
/// Ownership  owns the keys; what is in never moves. The dictionary outlives it.
/// Cost       take: one or two memory accesses for a known question.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/keyed_hash.hpp"
#include "dns/question_key.hpp"
#include "dns/response.hpp"
#include "rig/configuration.hpp"
#include "trace/dictionary.hpp"
#include "trace/event.hpp"
#include "trace/stable_vector.hpp"

namespace rig {

/// What the upstream says to a question at one moment.
struct Answer {
  std::uint32_t ttl_sec = 0;
  std::uint16_t bytes = 0;  // of the DNS message
  dns::AnswerKind kind{};
};
static_assert(sizeof(Answer) == 8);

struct Item {
  const std::byte* key = nullptr;
  std::uint64_t hash = 0;
  std::uint64_t nxdomain_hash = 0;  // of the key with kEveryType
  std::uint16_t key_bytes = 0;

  [[nodiscard]] dns::KeyView view() const noexcept { return dns::KeyView({key, key_bytes}); }
};

/// An event as a lane takes it.
///
///   byte 0       8            16      20      24       28       36       40
///        ┌───────┬────────────┬───────┬───────┬────────┬────────┬────────┐
///        │ at_ns │ next_at_ns │ item  │ asked │ client │ answer │ spare  │
///        └───────┴────────────┴───────┴───────┴────────┴────────┴────────┘
struct Step {
  std::int64_t at_ns = 0;
  std::int64_t next_at_ns = kNever;  // of the next event with this item; set only when the caller requests it
  std::uint32_t item = 0;            // what would be found
  std::uint32_t asked = 0;           // what goes upstream if it is not; differs for NXDOMAIN
  std::uint32_t client = 0;
  Answer answer;
  std::uint32_t spare = 0;

  static constexpr std::int64_t kNever = INT64_MAX;
};
static_assert(sizeof(Step) == 40);

class Catalogue {
 public:
  Catalogue(const trace::Dictionary& dictionary, const World& world);

  /// The steps that these events are; the spans are of one size.
  void take(std::span<const trace::Event> events, std::span<Step> steps);

  [[nodiscard]] const Item& operator[](std::uint32_t item) const noexcept { return items_[item]; }
  [[nodiscard]] std::uint64_t hash(dns::KeyView key) const noexcept { return hash_(key.bytes()); }
  /// writer
  [[nodiscard]] std::uint32_t size() const noexcept { return items_.size(); }
  [[nodiscard]] const trace::Dictionary& dictionary() const noexcept { return dictionary_; }

 private:
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  static constexpr std::size_t kKeyBlock = 1U << 20U;

  /// Which item a question with these bits is, and the one of its name.
  struct Place {
    std::uint32_t typed = kNone;
    std::uint32_t name = kNone;
  };
  [[nodiscard]] Place& place_of(const trace::Event& event);
  [[nodiscard]] std::uint32_t typed_item(const trace::Event& event, Place& place);
  [[nodiscard]] std::uint32_t name_item(std::uint32_t typed, Place& place);
  [[nodiscard]] std::uint32_t add(dns::KeyView key);

  const trace::Dictionary& dictionary_;
  World world_;
  base::KeyedHash hash_;
  trace::StableVector<Item> items_;
  std::vector<Place> plain_;       // by question, without DO and CD
  trace::HashIndex signed_index_;  // the others, by question and bits
  std::vector<std::uint64_t> signed_keys_;
  std::vector<Place> signed_;
  trace::HashIndex names_;  // items of names, by hash
  std::vector<std::unique_ptr<std::byte[]>> keys_;
  std::size_t keys_left_ = 0;
};

}  // namespace rig
