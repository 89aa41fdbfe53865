// SPDX-License-Identifier: Apache-2.0
/// @file generations.hpp – the settings that threads use: built whole, published by one pointer, freed when no reader has them.
///
/// Purpose    publish() builds everything that a answer::Generation points to before any reader sees it; on an error it
///            changes nothing. An old generation is freed when every reader has begun a poll since.
/// Threads    control. Each GenerationReader belongs to one reading thread.
/// Ownership  owns the generations. All readers are offline before it is destroyed.
/// Lifetime   what current() returns is valid until the second publish() after it at the earliest.
/// Errors     publish(): a sentence that names the key; the published generation stays.
///
///   publish ──▶ retired ──collect(): every reader that is online has called load() since──▶ freed
///
/// To add a part to a generation (a table, a set of names): a member of Whole and a line of Whole::build() in
/// generations.cpp, and a member of answer::Generation through which readers reach it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>

#include "answer/generation.hpp"
#include "base/keyed_hash.hpp"
#include "base/qsbr.hpp"
#include "base/wall_clock.hpp"
#include "config/settings.hpp"
#include "diag/result.hpp"
#include "policy/block_table.hpp"
#include "policy/cookies.hpp"

namespace control {

class Generations {
 public:
  /// The same in every generation.
  struct Own {
    const base::WallClock* wall = nullptr;
    policy::CookieSettings drawn_cookies;  // for settings without a secret
  };
  explicit Generations(const base::KeyedHash& hash) : Generations(hash, Own{}) {}
  Generations(const base::KeyedHash& hash, const Own& own);
  ~Generations();
  Generations(const Generations&) = delete;
  Generations& operator=(const Generations&) = delete;

  /// Returns the number of the new generation.
  [[nodiscard]] diag::Result<std::uint64_t> publish(const config::Settings& settings);
  /// After the first publish().
  [[nodiscard]] const answer::Generation& current() const noexcept;
  [[nodiscard]] const config::Settings& settings() const noexcept;

  /// For one polling thread; slots as in appliance::Plan.
  [[nodiscard]] answer::GenerationReader reader(std::size_t slot) noexcept { return {published_, readers_, slot}; }
  /// Before the reader's thread begins, and after it has ended.
  void online(std::size_t slot) noexcept { readers_.online(slot); }
  void offline(std::size_t slot) noexcept { readers_.offline(slot); }

  /// Replaces the client blocks of this and all later generations; at most policy::kMaxBlocks.
  void publish_blocks(std::span<const policy::BlockedPrefix> blocks);

  /// Frees what no reader can have. True when nothing old remains: every reader uses the newest generation.
  bool collect() noexcept;
  [[nodiscard]] std::size_t retired() const noexcept { return retired_.size(); }

 private:
  struct Whole;
  struct BlockList;
  template <class T>
  struct Retired {
    std::unique_ptr<T> whole;
    base::Qsbr::Token grace = 0;
  };

  const base::KeyedHash* hash_;
  Own own_;
  base::Qsbr readers_;  // of generations; the cache has a Qsbr of its own
  std::unique_ptr<Whole> current_;
  std::deque<Retired<Whole>> retired_;  // oldest first
  std::unique_ptr<BlockList> blocks_;   // nullptr: no client is blocked
  std::deque<Retired<BlockList>> retired_blocks_;
  std::atomic<const policy::BlockTable*> published_blocks_{nullptr};  // control: w, readers: r
  std::atomic<const answer::Generation*> published_{nullptr};         // control: w, readers: r
};

}  // namespace control
