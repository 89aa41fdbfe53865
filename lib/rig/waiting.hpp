// SPDX-License-Identifier: Apache-2.0
/// @file waiting.hpp – the clients of an appliance that wait for an answer, and what egress may know of them.
///
/// Purpose    a slot for each question asked, with a coalesce::Interest as a worker's in-flight table has it, and the list of
///            its waiters.
/// Threads    one lane's.
/// Ownership  slots and waiters are used again; their number follows the most that ever waited at once.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <vector>

#include "base/handle.hpp"
#include "base/instant.hpp"
#include "coalesce/interest.hpp"
#include "nodes.hpp"

namespace rig {

class Waiting {
 public:
  explicit Waiting(base::Duration client_timeout) : client_timeout_(client_timeout) {}

  struct Opened {
    base::Handle handle;
    const coalesce::Interest* interest = nullptr;
  };
  [[nodiscard]] Opened open(std::uint32_t item, std::uint32_t asked, std::uint32_t client, base::Instant now) {
    if (free_slots_.empty()) {
      free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
      slots_.emplace_back();
    }
    const std::uint32_t index = free_slots_.back();
    free_slots_.pop_back();
    Slot& slot = slots_[index];
    slot.item = item;
    slot.asked = asked;
    slot.opener = client;
    slot.first = kNone;
    const std::uint32_t generation = slot.interest.generation.load(std::memory_order_relaxed) + 1;
    slot.interest.generation.store(generation, std::memory_order_relaxed);
    slot.interest.waiters.store(0, std::memory_order_relaxed);
    slot.interest.retransmits.store(0, std::memory_order_relaxed);
    slot.interest.others.store(0, std::memory_order_relaxed);
    ++open_;
    static_cast<void>(join(index, client, now));
    return {{index, generation}, &slot.interest};
  }
  /// False: the client waits already, and has only asked again.
  [[nodiscard]] bool join(std::uint32_t index, std::uint32_t client, base::Instant now) {
    Slot& slot = slots_[index];
    slot.interest.deadline_ns.store((now + client_timeout_).ns(), std::memory_order_relaxed);
    for (std::uint32_t at = slot.first; at != kNone; at = waiters_[at].next) {
      if (waiters_[at].client != client || waiters_[at].until_ns <= now.ns()) continue;
      bump(slot.interest.retransmits);
      return false;
    }
    if (free_waiters_.empty()) {
      free_waiters_.push_back(static_cast<std::uint32_t>(waiters_.size()));
      waiters_.emplace_back();
    }
    const std::uint32_t at = free_waiters_.back();
    free_waiters_.pop_back();
    waiters_[at] = {.arrived = now, .until_ns = (now + client_timeout_).ns(), .client = client, .next = slot.first};
    slot.first = at;
    bump(slot.interest.waiters);
    if (client != slot.opener) bump(slot.interest.others);
    return true;
  }

  [[nodiscard]] bool is_open(base::Handle handle) const noexcept {
    return handle.index < slots_.size() &&
           slots_[handle.index].interest.generation.load(std::memory_order_relaxed) == handle.generation;
  }
  [[nodiscard]] std::uint32_t item_of(std::uint32_t index) const noexcept { return slots_[index].item; }
  [[nodiscard]] std::uint32_t asked_of(std::uint32_t index) const noexcept { return slots_[index].asked; }
  [[nodiscard]] std::size_t open() const noexcept { return open_; }

  /// Calls each(arrived) for every waiter; the slot is free afterwards.
  template <class Each>
  void end(std::uint32_t index, Each&& each) {
    Slot& slot = slots_[index];
    for (std::uint32_t at = slot.first; at != kNone; at = waiters_[at].next) {
      each(waiters_[at].arrived);
      free_waiters_.push_back(at);
    }
    slot.first = kNone;
    bump(slot.interest.generation);
    free_slots_.push_back(index);
    --open_;
  }

 private:
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  struct Slot {
    coalesce::Interest interest;
    std::uint32_t item = kNoItem;
    std::uint32_t asked = kNoItem;
    std::uint32_t opener = 0;
    std::uint32_t first = kNone;
  };
  struct Waiter {
    base::Instant arrived;
    std::uint64_t until_ns = 0;
    std::uint32_t client = 0;
    std::uint32_t next = kNone;
  };
  static void bump(std::atomic<std::uint32_t>& counter) noexcept {
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

  base::Duration client_timeout_;
  std::deque<Slot> slots_;  // egress holds pointers into it
  std::vector<std::uint32_t> free_slots_;
  std::vector<Waiter> waiters_;
  std::vector<std::uint32_t> free_waiters_;
  std::size_t open_ = 0;
};

}  // namespace rig
