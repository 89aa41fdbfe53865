// SPDX-License-Identifier: Apache-2.0
/// @file generation.hpp – the generation that a minimal configuration file gives.
///
/// Purpose    everything that a worker reads for each query is there: an access list, a forward zone, special-use names,
///            cookies, recording of heavy clients, a miss allowance.
/// Ownership  owns all that the generation points to.
#pragma once

#include <array>
#include <atomic>
#include <vector>

#include "answer/generation.hpp"
#include "base/keyed_hash.hpp"
#include "base/wall_clock.hpp"
#include "policy/acl.hpp"
#include "policy/forward_table.hpp"
#include "policy/local_data.hpp"

namespace perf {

[[nodiscard]] base::KeyedHash::Secret fixed_secret() noexcept;

class Generation {
 public:
  explicit Generation(const base::KeyedHash& hash);
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;

  [[nodiscard]] answer::GenerationReader reader() noexcept { return &published_; }
  [[nodiscard]] answer::Generation& settings() noexcept { return generation_; }
  /// Misses that a client may ask for in a second; 0: no limit.
  void set_allowance(std::uint32_t misses_per_sec) noexcept { generation_.allowance.misses_per_sec = misses_per_sec; }

 private:
  void add_local(const base::KeyedHash& hash);

  std::vector<std::vector<std::byte>> special_names_;
  std::vector<policy::LocalName> local_names_;
  std::array<policy::LocalSet, 1> local_sets_{};
  std::array<dns::AnswerImage, 1> images_{};
  std::vector<policy::LocalData::Slot> local_slots_;
  std::vector<policy::LocalData> local_;
  std::vector<policy::ForwardTable::Slot> forward_slots_;
  std::vector<policy::ForwardTable> forward_;
  std::vector<policy::Acl> acl_;
  base::WallClock wall_;
  answer::Generation generation_;
  std::atomic<const answer::Generation*> published_{nullptr};
};

}  // namespace perf
