// SPDX-License-Identifier: Apache-2.0
/// @file generations.hpp – the settings that threads act by: built whole, published by one pointer, freed when nobody looks.
///
/// Purpose    publish() makes everything that a worker::Generation points to before anybody sees any of it; what cannot be
///            built changes nothing. An old generation is freed when every reader has begun a poll since.
/// Threads    one thread, control, but for the readers: each GenerationReader belongs to one thread.
/// Ownership  owns the generations. Readers are gone, or offline, before it is.
/// Lifetime   what current() returns is valid until the second publish() after it at the earliest.
/// Errors     publish(): a sentence that names the key; the generation in force stays.
///
///   publish ──▶ retired ──collect(): every reader that is online has called load() since──▶ freed
///
/// A new part of a generation (a table, a set of names) is a member of Whole and a line of Whole::build(), in
/// generations.cpp, and a member of worker::Generation by which readers reach it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>

#include "base/keyed_hash.hpp"
#include "base/qsbr.hpp"
#include "base/wall_clock.hpp"
#include "config/settings.hpp"
#include "diag/result.hpp"
#include "policy/block_table.hpp"
#include "policy/cookies.hpp"
#include "worker/generation.hpp"

namespace control {

class Generations {
 public:
  /// What stays the same in every generation.
  struct Own {
    const base::WallClock* wall = nullptr;
    policy::CookieSettings drawn_cookies;  // for settings that give no secret
  };
  explicit Generations(const base::KeyedHash& hash) : Generations(hash, Own{}) {}
  Generations(const base::KeyedHash& hash, const Own& own);
  ~Generations();
  Generations(const Generations&) = delete;
  Generations& operator=(const Generations&) = delete;

  /// The number of the generation that is in force now.
  [[nodiscard]] diag::Result<std::uint64_t> publish(const config::Settings& settings);
  /// After the first publish().
  [[nodiscard]] const worker::Generation& current() const noexcept;
  [[nodiscard]] const config::Settings& settings() const noexcept;

  /// For the thread that polls; slots are worker numbers, then TCP, then egress.
  [[nodiscard]] worker::GenerationReader reader(std::size_t slot) noexcept { return {published_, readers_, slot}; }
  /// Before the reader's thread begins, and after it has ended.
  void online(std::size_t slot) noexcept { readers_.online(slot); }
  void offline(std::size_t slot) noexcept { readers_.offline(slot); }

  /// Who is blocked from now on, in this generation and all later ones; at most topk::kMaxBlocks.
  void publish_blocks(std::span<const policy::BlockedPrefix> blocks);

  /// Frees what no reader can look at any more. True when nothing old is left: every reader acts by the newest.
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
  base::Qsbr readers_;  // of generations: what they hold of the cache is another matter
  std::unique_ptr<Whole> current_;
  std::deque<Retired<Whole>> retired_;  // oldest first
  std::unique_ptr<BlockList> blocks_;   // nullptr: nobody is blocked
  std::deque<Retired<BlockList>> retired_blocks_;
  std::atomic<const policy::BlockTable*> published_blocks_{nullptr};  // control: w, readers: r
  std::atomic<const worker::Generation*> published_{nullptr};         // control: w, readers: r
};

}  // namespace control
