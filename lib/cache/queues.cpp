// SPDX-License-Identifier: Apache-2.0
// Doubly linked lists; the links are fields of the chunks' notes.
#include "cache/detail/queues.hpp"

#include <bit>

namespace cache {

Queues::Queues(Slabs& slabs, std::size_t chunks_per_shard) noexcept
    : slabs_(&slabs), stamp_shift_(static_cast<unsigned>(std::bit_width(chunks_per_shard >> 10U))) {}

void Queues::push(ChunkRef ref, QueueName queue) noexcept {
  const std::size_t size_class = slabs_->class_of(ref);
  const std::size_t shard = slabs_->shard_of(ref);
  Fifo& fifo = this->fifo(shard, size_class, queue);
  ChunkNote& note = slabs_->note(ref);
  note.queue = static_cast<std::uint8_t>(queue) & 1U;
  note.stamp = stamp(shard);
  note.prev = 0;
  note.next = fifo.head;
  if (fifo.head != 0) {
    slabs_->note(fifo.head).prev = ref;
  } else {
    fifo.tail = ref;
  }
  fifo.head = ref;
  ++fifo.size;
  ++entries_of_class_[size_class];
  if (queue == QueueName::kMain) ++main_of_class_[size_class];
}

void Queues::remove(ChunkRef ref) noexcept {
  const std::size_t size_class = slabs_->class_of(ref);
  const ChunkNote& note = slabs_->note(ref);
  const QueueName queue = queue_of(note);
  Fifo& fifo = this->fifo(slabs_->shard_of(ref), size_class, queue);
  if (note.prev != 0) {
    slabs_->note(note.prev).next = note.next;
  } else {
    fifo.head = note.next;
  }
  if (note.next != 0) {
    slabs_->note(note.next).prev = note.prev;
  } else {
    fifo.tail = note.prev;
  }
  --fifo.size;
  --entries_of_class_[size_class];
  if (queue == QueueName::kMain) --main_of_class_[size_class];
}

void Queues::replace(ChunkRef ref, ChunkRef by) noexcept {
  const ChunkNote& old = slabs_->note(ref);
  ChunkNote& note = slabs_->note(by);
  note.queue = old.queue;
  note.stamp = old.stamp;
  note.next = old.next;
  note.prev = old.prev;
  Fifo& fifo = this->fifo(slabs_->shard_of(by), slabs_->class_of(by), queue_of(note));
  if (note.prev != 0) {
    slabs_->note(note.prev).next = by;
  } else {
    fifo.head = by;
  }
  if (note.next != 0) {
    slabs_->note(note.next).prev = by;
  } else {
    fifo.tail = by;
  }
}

QueueName Queues::next_to_give(std::size_t shard, std::size_t size_class) const noexcept {
  const std::uint32_t in_probation = size(shard, size_class, QueueName::kProbation);
  const std::uint32_t in_main = size(shard, size_class, QueueName::kMain);
  const bool is_over = in_main == 0 || in_probation * (kProbationShare - 1) > in_main;
  return in_probation != 0 && is_over ? QueueName::kProbation : QueueName::kMain;
}

std::uint32_t Queues::age(std::size_t shard, std::size_t size_class) const noexcept {
  const ChunkRef oldest = tail(shard, size_class, next_to_give(shard, size_class));
  if (oldest == 0) return ~std::uint32_t{0};
  return static_cast<std::uint16_t>(stamp(shard) - slabs_->note(oldest).stamp);
}

}  // namespace cache
