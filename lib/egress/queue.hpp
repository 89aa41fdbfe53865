// SPDX-License-Identifier: Apache-2.0
/// @file queue.hpp – questions in the order in which they came.
///
/// Purpose    a list with both ends.
/// Threads    egress only.
/// Ownership  links live in one array for all lists: a question is in one list at most.
/// Cost       O(1).
#pragma once

#include <cstdint>
#include <span>

#include "index.hpp"

namespace egress {

struct QueueLink {
  Index previous = kNoIndex;
  Index next = kNoIndex;
};

class WaitingList {
 public:
  explicit WaitingList(std::span<QueueLink> links) noexcept : links_(links) {}

  void push(Index question) noexcept {
    links_[question] = {newest_, kNoIndex};
    (newest_ == kNoIndex ? oldest_ : links_[newest_].next) = question;
    newest_ = question;
    ++size_;
  }
  void remove(Index question) noexcept {
    const QueueLink link = links_[question];
    (link.previous == kNoIndex ? oldest_ : links_[link.previous].next) = link.next;
    (link.next == kNoIndex ? newest_ : links_[link.next].previous) = link.previous;
    --size_;
  }
  [[nodiscard]] Index oldest() const noexcept { return oldest_; }
  [[nodiscard]] Index newest() const noexcept { return newest_; }
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  [[nodiscard]] bool is_empty() const noexcept { return size_ == 0; }

 private:
  std::span<QueueLink> links_;
  Index oldest_ = kNoIndex;
  Index newest_ = kNoIndex;
  std::uint32_t size_ = 0;
};

}  // namespace egress
