// SPDX-License-Identifier: Apache-2.0
// Grace periods between threads: no memory is reused while a reader can see it. For ThreadSanitizer.
#include <array>
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/qsbr.hpp"

namespace {

using base::Qsbr;

/// Two equal numbers; a reader that finds them different has read reused memory.
struct Block {
  std::uint64_t value = 0;
  std::uint64_t again = 0;
};

/// A writer that publishes blocks in turn and reuses the oldest only when its grace period has passed.
class Publisher {
 public:
  static constexpr std::size_t kBlocks = 4;
  Qsbr qsbr;
  std::atomic<const Block*> current{nullptr};
  std::atomic<std::size_t> readers{0};

  Publisher() { publish(); }

  bool publish() {
    const std::size_t next = (at_ + 1) % kBlocks;
    if (!qsbr.passed(free_after_[next])) return false;
    blocks_[next].value = blocks_[next].again = ++version_;
    current.store(&blocks_[next], std::memory_order_release);
    free_after_[at_] = qsbr.begin_grace();  // the previous block is unlinked now
    at_ = next;
    return true;
  }

 private:
  std::array<Block, kBlocks> blocks_{};
  std::array<Qsbr::Token, kBlocks> free_after_{};
  std::size_t at_ = 0;
  std::uint64_t version_ = 0;
};

constexpr std::size_t kPublished = 1'000;

enum class Manner { kStays, kComesAndGoes };

std::uint64_t read_until(const std::atomic<bool>& stop, Publisher& publisher, std::size_t slot, Manner manner) {
  std::uint64_t broken = 0;
  publisher.qsbr.online(slot);
  publisher.readers.fetch_add(1);
  while (!stop.load(std::memory_order_relaxed)) {
    for (int i = 0; i < 16; ++i) {
      const Qsbr::Token seen = publisher.qsbr.token();
      const Block* block = publisher.current.load(std::memory_order_acquire);
      const std::uint64_t value = block->value;
      if (block->again != value) ++broken;
      publisher.qsbr.report(slot, seen);
    }
    if (manner == Manner::kComesAndGoes) publisher.qsbr.offline(slot);
    std::this_thread::yield();  // the machine may have fewer cores than this test has threads
    if (manner == Manner::kComesAndGoes) publisher.qsbr.online(slot);
  }
  publisher.qsbr.offline(slot);
  return broken;
}

TEST(QsbrThreads, NoReaderSeesABlockThatIsBeingReused) {
  Publisher publisher;
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> broken{0};
  std::vector<std::thread> readers;
  for (std::size_t slot = 0; slot < 3; ++slot) {
    const Manner manner = slot == 2 ? Manner::kComesAndGoes : Manner::kStays;
    readers.emplace_back([&, slot, manner] { broken += read_until(stop, publisher, slot, manner); });
  }
  while (publisher.readers != readers.size()) std::this_thread::yield();
  std::size_t published = 0;
  for (std::size_t tries = 0; published < kPublished && tries < 20'000'000; ++tries) {
    if (publisher.publish()) {
      ++published;
    } else {
      std::this_thread::yield();
    }
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(broken, 0U);
  EXPECT_EQ(published, kPublished) << "the writer waited for readers that had reported";
}

}  // namespace
