// SPDX-License-Identifier: Apache-2.0
// Whole polls on a port without a driver, for each kind of packet.
#include "base/contract.hpp"
#include "support/generation.hpp"
#include "support/memory_port.hpp"
#include "support/one_worker.hpp"
#include "support/operations.hpp"

namespace perf {
namespace {

constexpr std::size_t kCount = 256;
constexpr std::uint64_t kNewNames = 50'000'000;

struct Kind {
  const char* name;
  answer::Counter outcome;
  bool opens;
};

class Poll final : public Operation {
 public:
  Poll(const Kind& kind, std::vector<Frame> frames) : kind_(kind), frames_(std::move(frames)) {
    world_.fill(0, 1'000, Answer());
    opened_.reserve(kCount);
  }
  [[nodiscard]] std::string name() const override { return std::string("poll_") + kind_.name; }
  void prepare() override {
    if (kind_.opens) close();
    port_.offer(frames_);
    before_ = world_.count(kind_.outcome);
  }
  void run() noexcept override {
    for (std::size_t i = 0; i < kCount / packet::kBurst; ++i) keep(world_.poll());
  }
  ~Poll() override { SLUICE_REQUIRE(world_.count(kind_.outcome) - before_ == kCount); }

 private:
  // Fails all waiting clients; the clock advances as in a flood of 25,600 misses a second.
  void close() {
    world_.take_misses(opened_);
    world_.fail(opened_);
    while (world_.poll() != 0) {
    }
    clock_.advance(std::chrono::milliseconds(10));
  }

  Kind kind_;
  std::vector<Frame> frames_;
  StillClock clock_;
  base::KeyedHash hash_{fixed_secret()};
  Generation generation_{hash_};
  MemoryPort port_;
  OneWorker world_{{.port = &port_,
                    .clock = &clock_,
                    .hash = &hash_,
                    .generation = generation_.reader(),
                    .cache = {.size_bytes = 4U << 20U},
                    .coalesce = {.max_waiting = 4'096, .max_pending = 1'024}}};
  std::vector<base::Handle> opened_;
  std::uint64_t before_ = 0;
};

template <class Make>
std::vector<Frame> frames(Make&& make) {
  std::vector<Frame> list;
  for (std::size_t i = 0; i < kCount; ++i) {
    list.push_back(make(i, Client{static_cast<std::uint32_t>(i % 200), static_cast<std::uint16_t>(i)}));
  }
  return list;
}

Frame malformed(std::size_t i, Client client) {
  std::vector<std::byte> bytes = message(i, client.id);
  bytes[12 + 16] = std::byte{40};  // a label past the end
  return datagram(bytes, client);
}

}  // namespace

void add_worker_operations(std::vector<std::unique_ptr<Operation>>& list) {
  using answer::Counter;
  const auto add = [&](const Kind& kind, std::vector<Frame> frames) {
    list.push_back(std::make_unique<Poll>(kind, std::move(frames)));
  };
  add({"hit", Counter::kHit, false}, frames([](std::size_t i, Client client) { return query(i, client); }));
  add({"hit_edns", Counter::kHit, false},
      frames([](std::size_t i, Client client) { return query(i, client, Opt::kPresent); }));
  add({"miss", Counter::kAsked, true},
      frames([](std::size_t i, Client client) { return query(kNewNames + i, client); }));
  add({"malformed", Counter::kFormErr, false}, frames(malformed));
}

}  // namespace perf
