// SPDX-License-Identifier: Apache-2.0
/// @file queue.hpp – the questions of one uplink that wait for a token, and whose turn it is.
///
/// Purpose    the place where an order is chosen: oldest first while the backlog can be served within a second, which
///            every client waits; newest first beyond, because the oldest are then the ones whose clients give up next
///            (docs/adr/0003).
/// Threads    egress only.
/// Ownership  links live in one array for all queues: a question is in one queue at most.
/// Cost       O(1).
#pragma once

#include <cstdint>
#include <span>

#include "egress/settings.hpp"
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

class Queue {
 public:
  /// `second` is how many questions one second serves; 0: as many as there are.
  Queue(std::span<QueueLink> links, QueueOrder order, std::uint32_t second) noexcept
      : list_(links), order_(order), second_(second) {}

  void set(QueueOrder order, std::uint32_t second) noexcept {
    order_ = order;
    second_ = second;
  }
  void push(Index question) noexcept { list_.push(question); }
  void remove(Index question) noexcept { list_.remove(question); }
  /// Whose turn it is; kNoIndex when nobody waits. It stays until removed.
  [[nodiscard]] Index next() const noexcept {
    const bool newest_first = order_ == QueueOrder::kDeadline && second_ != 0 && list_.size() > second_;
    return newest_first ? list_.newest() : list_.oldest();
  }
  [[nodiscard]] Index oldest() const noexcept { return list_.oldest(); }
  [[nodiscard]] std::uint32_t size() const noexcept { return list_.size(); }
  [[nodiscard]] bool is_empty() const noexcept { return list_.is_empty(); }

 private:
  WaitingList list_;
  QueueOrder order_;
  std::uint32_t second_;
};

}  // namespace egress
