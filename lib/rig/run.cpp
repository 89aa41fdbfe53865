// SPDX-License-Identifier: Apache-2.0
// Reads the trace in batches and distributes the lanes over the cores.
#include "rig/run.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <numeric>
#include <optional>

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <time.h>

#include "lane.hpp"
#include "next_use.hpp"

namespace rig {
namespace {

constexpr std::size_t kBatch = 1U << 17U;
constexpr std::size_t kMostTogether = 12;  // configurations; more would make results wait for each other

double thread_cpu_seconds() noexcept {
  timespec spent{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

/// A piece of the trace, ready for every lane.
struct Batch {
  std::vector<trace::Event> events{std::vector<trace::Event>(kBatch)};
  std::vector<Step> steps{std::vector<Step>(kBatch)};
  std::size_t count = 0;
  std::uint32_t items = 0;  // that the catalogue had by then

  [[nodiscard]] std::span<const Step> view() const { return std::span<const Step>(steps).first(count); }
};

struct Running {
  Configuration cell;
  std::unique_ptr<Lane> lane;
  double cpu_seconds = 0;
};

class Run {
 public:
  Run(trace::Source& source, const trace::Dictionary& dictionary, const RunSpec& spec)
      : source_(source), spec_(spec), catalogue_(dictionary, spec.world), arena_(static_cast<int>(spec.threads)) {}

  diag::Result<Profile> run() {
    if (auto known = look_ahead(); !known) return diag::fail(known.error());
    std::vector<Configuration> left = spec_.cells;
    while (!left.empty()) {
      const std::size_t together = how_many(left);
      const std::vector<Configuration> part(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(together));
      left.erase(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(together));
      if (auto done = run_together(part); !done) return diag::fail(done.error());
    }
    return profile_;
  }

 private:
  [[nodiscard]] diag::Status look_ahead();
  [[nodiscard]] std::size_t how_many(const std::vector<Configuration>& left) const;
  [[nodiscard]] diag::Status run_together(const std::vector<Configuration>& part);
  [[nodiscard]] diag::Status read(Batch& batch);
  [[nodiscard]] diag::Status finish();
  void tell();

  trace::Source& source_;
  const RunSpec& spec_;
  Catalogue catalogue_;
  tbb::task_arena arena_;
  std::optional<NextUse> next_use_;
  std::vector<Running> running_;
  Profiler profiler_;
  Profile profile_;
  bool has_profile_ = false;
  std::size_t finished_ = 0;
  std::uint64_t simulated_ = 0;
};

diag::Status Run::look_ahead() {
  const auto knows = [](const Configuration& cell) { return cell.policy == Policy::kBelady; };
  const auto first = std::ranges::find_if(spec_.cells, knows);
  if (first == spec_.cells.end()) return {};
  const std::uint32_t appliances = first->appliances;
  if (std::ranges::any_of(spec_.cells,
                          [&](const auto& cell) { return knows(cell) && cell.appliances != appliances; })) {
    return diag::fail(diag::Code::kInvalid,
                      "belady: one number of appliances at a time (--appliances), since each has a future of its own");
  }
  auto built = NextUse::build(source_, catalogue_, appliances, spec_.temp_folder, [this] { tell(); });
  if (!built) return diag::fail(built.error());
  next_use_.emplace(std::move(*built));
  return {};
}

std::size_t Run::how_many(const std::vector<Configuration>& left) const {
  constexpr std::uint64_t kGuessedItems = 1'000'000;
  const std::uint64_t items = std::max<std::uint64_t>(catalogue_.size(), kGuessedItems);
  std::uint64_t bytes = 0;
  std::size_t count = 0;
  while (count < left.size() && count < kMostTogether) {
    bytes += lane_bytes(left[count], items);
    if (count != 0 && bytes > spec_.memory_bytes) break;
    ++count;
  }
  return count;
}

diag::Status Run::run_together(const std::vector<Configuration>& part) {
  if (auto back = source_.rewind(); !back) return back;
  if (next_use_) next_use_->rewind();
  running_.clear();
  for (const Configuration& cell : part) {
    running_.push_back({.cell = cell, .lane = make_lane(cell, spec_.world, catalogue_)});
  }
  Batch now;
  Batch next;
  if (auto done = read(now); !done) return done;
  while (now.count != 0) {
    diag::Status read_status;
    std::ranges::stable_sort(running_, std::greater<>(), &Running::cpu_seconds);  // the slow ones begin
    std::atomic<std::size_t> turn{0};
    arena_.execute([&] {
      tbb::parallel_for(
          0U, spec_.threads,
          [&](unsigned) {
            for (std::size_t job = turn++; job <= running_.size(); job = turn++) {
              if (job == 0) {
                read_status = read(next);
                continue;
              }
              Running& one = running_[job - 1];
              const double begin = thread_cpu_seconds();
              one.lane->take(now.view(), now.items);
              one.cpu_seconds += thread_cpu_seconds() - begin;
            }
          },
          tbb::simple_partitioner());
    });
    if (!read_status) return read_status;
    simulated_ += now.count * running_.size();
    std::swap(now, next);
    tell();
  }
  return finish();
}

diag::Status Run::read(Batch& batch) {
  const auto count = source_.next(batch.events);
  if (!count) return diag::fail(count.error());
  batch.count = *count;
  const std::span<Step> steps = std::span(batch.steps).first(*count);
  catalogue_.take(std::span<const trace::Event>(batch.events).first(*count), steps);
  batch.items = catalogue_.size();
  if (next_use_) next_use_->fill(steps);
  if (!has_profile_) profiler_.take(steps, catalogue_);
  return {};
}

diag::Status Run::finish() {
  if (!has_profile_) profile_ = profiler_.finish();
  has_profile_ = true;
  for (const Configuration& cell : spec_.cells) {  // in the order in which they were wanted
    const auto one =
        std::ranges::find_if(running_, [&](const Running& each) { return each.lane != nullptr && each.cell == cell; });
    if (one == running_.end()) continue;
    const double begin = thread_cpu_seconds();
    Outcome outcome{.configuration = one->cell, .stats = one->lane->finish(), .profile = &profile_};
    outcome.cpu_seconds = one->cpu_seconds + thread_cpu_seconds() - begin;
    one->lane.reset();
    ++finished_;
    if (auto taken = spec_.on_outcome(outcome); !taken) return taken;
  }
  running_.clear();
  return {};
}

void Run::tell() {
  if (!spec_.on_progress) return;
  const trace::Progress progress = source_.progress();
  const auto share = [](auto part, auto whole) { return static_cast<double>(part) / static_cast<double>(whole); };
  RunProgress told{.share = -1, .simulated = simulated_, .finished = finished_, .configurations = spec_.cells.size()};
  if (progress.total != 0) {
    const double part = running_.empty() ? 0 : share(progress.done, progress.total);
    told.share =
        share(static_cast<double>(finished_) + part * static_cast<double>(running_.size()), spec_.cells.size());
  }
  spec_.on_progress(told);
}

}  // namespace

diag::Result<Profile> run(trace::Source& source, const trace::Dictionary& dictionary, const RunSpec& spec) {
  return Run(source, dictionary, spec).run();
}

}  // namespace rig
