// SPDX-License-Identifier: Apache-2.0
/// @file bench.hpp – a worker on a ring port, compared with plain forwarding on the same port.
///
/// Purpose    cycles per packet, in total and by stage; rounds alternate with rounds of plain forwarding.
/// Threads    one.
/// Errors     a batch whose packets did not have the expected outcome, or an allocation, ends the program with a sentence.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/keyed_hash.hpp"
#include "cycles.hpp"
#include "ring_port.hpp"
#include "scenarios.hpp"
#include "support/generation.hpp"
#include "support/one_worker.hpp"

namespace perf {

/// In the order of a poll.
inline constexpr std::array<const char*, 9> kStages{"receive", "frame", "parse", "locate",  "prefetch",
                                                    "answer",  "ask",   "reply", "transmit"};

struct Measured {
  std::string name;
  std::string what;
  Spread cycles;                                // of a packet, from rte_eth_rx_burst to rte_eth_tx_burst
  Spread swap;                                  // plain forwarding of the same frames
  Spread added;                                 // difference of the two, by round
  std::array<double, kStages.size()> stages{};  // medians
  std::uint64_t allocations = 0;
};

class Bench {
 public:
  struct Spec {
    std::uint64_t entries = 1'000;
    std::size_t rounds = 15;
    std::size_t batches = 400;  // in a round
  };
  explicit Bench(const Spec& spec);
  ~Bench();
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  [[nodiscard]] bool is_kept(std::uint64_t name) const;
  [[nodiscard]] Measured measure(const Scenario& scenario);

 private:
  class Stages;
  /// Cycles per packet.
  [[nodiscard]] double round_of_worker(const Scenario& scenario);
  [[nodiscard]] double round_of_swap(const Scenario& scenario);
  void round_of_stages(const Scenario& scenario, std::array<double, kStages.size()>& sums);
  [[nodiscard]] double typical_batch() noexcept;
  void offer(const Scenario& scenario, std::size_t batch);
  void settle(const Scenario& scenario);
  void open_joined(const Scenario& scenario);

  Spec spec_;
  StillClock clock_;
  base::KeyedHash hash_;
  Generation generation_;
  RingPort port_;
  std::unique_ptr<OneWorker> world_;
  std::unique_ptr<Stages> stages_;
  std::vector<base::Handle> opened_;
  std::vector<std::uint64_t> batches_;  // cycles of each in this round
  std::array<std::vector<double>, kStages.size()> stage_batches_;
};

}  // namespace perf
