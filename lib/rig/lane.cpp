// SPDX-License-Identifier: Apache-2.0
// One configuration's way through a batch of the trace, with the memory of the next events prefetched.
#include "lane.hpp"

#include <deque>

#include "base/random.hpp"
#include "model_store.hpp"
#include "simulated_appliance.hpp"

namespace rig {
namespace {

// How many events ahead each object is prefetched; each one leads to the next.
constexpr std::size_t kItem = 40;    // the catalogue's item
constexpr std::size_t kBucket = 28;  // the bucket, and the key in the catalogue
constexpr std::size_t kEntry = 14;   // the entry

template <class Store>
class LaneOf final : public Lane {
 public:
  LaneOf(const Configuration& configuration, const World& world, const Catalogue& catalogue)
      : count_(configuration.appliances) {
    for (std::uint32_t i = 0; i < count_; ++i) appliances_.emplace_back(configuration, world, catalogue);
  }

  void take(std::span<const Step> steps, std::uint32_t items) override {
    for (Appliance<Store>& appliance : appliances_) appliance.grow(items);
    const std::size_t count = steps.size();
    for (std::size_t i = 0; i < count; ++i) {
      if (i + kItem < count) of(steps[i + kItem]).prefetch_item(steps[i + kItem]);
      if (i + kBucket < count) of(steps[i + kBucket]).store().prefetch_bucket(steps[i + kBucket]);
      if (i + kEntry < count) of(steps[i + kEntry]).store().prefetch_entry(steps[i + kEntry]);
      of(steps[i]).take(steps[i]);
    }
  }

  Stats finish() override {
    Stats sum;
    for (Appliance<Store>& appliance : appliances_) sum.add(appliance.finish());
    return sum;
  }

 private:
  [[nodiscard]] Appliance<Store>& of(const Step& step) noexcept {
    return count_ == 1 ? appliances_.front() : appliances_[appliance_of(step.client, count_)];
  }

  std::uint32_t count_;
  std::deque<Appliance<Store>> appliances_;
};

template <class Store>
std::unique_ptr<Lane> make(const Configuration& configuration, const World& world, const Catalogue& catalogue) {
  return std::make_unique<LaneOf<Store>>(configuration, world, catalogue);
}

}  // namespace

std::uint32_t appliance_of(std::uint32_t client, std::uint32_t appliances) noexcept {
  return static_cast<std::uint32_t>(base::mix(client) % appliances);
}

std::unique_ptr<Lane> make_lane(const Configuration& configuration, const World& world, const Catalogue& catalogue) {
  switch (configuration.policy) {
    case Policy::kS3Fifo:
      return make<RealStore>(configuration, world, catalogue);
    case Policy::kS3FifoModel:
      return make<ModelStore<S3FifoOrder>>(configuration, world, catalogue);
    case Policy::kSieve:
      return make<ModelStore<SieveOrder>>(configuration, world, catalogue);
    case Policy::kClock:
      return make<ModelStore<ClockOrder>>(configuration, world, catalogue);
    case Policy::kLru:
      return make<ModelStore<LruOrder>>(configuration, world, catalogue);
    case Policy::kFifo:
      return make<ModelStore<FifoOrder>>(configuration, world, catalogue);
    case Policy::kBelady:
      return make<ModelStore<BeladyOrder>>(configuration, world, catalogue);
    case Policy::kInfinite:
      break;
  }
  return make<ModelStore<InfiniteOrder>>(configuration, world, catalogue);
}

std::uint64_t lane_bytes(const Configuration& configuration, std::uint64_t items) noexcept {
  constexpr std::uint64_t kEngineBytes = 56U << 20U;  // at most, with its rings
  constexpr std::uint64_t kBytesPerItem = 96;         // nodes, slots, what was asked
  const std::uint64_t store = configuration.policy == Policy::kS3Fifo ? configuration.size_bytes : 0;
  return configuration.appliances * (store + kEngineBytes + items * kBytesPerItem);
}

}  // namespace rig
