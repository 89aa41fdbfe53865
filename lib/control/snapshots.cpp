// SPDX-License-Identifier: Apache-2.0
// Jobs in a thread of their own; restore at start and save at stop, when no polling thread runs.
#include "snapshots.hpp"

#include <algorithm>
#include <condition_variable>
#include <thread>
#include <utility>

#include <fmt/core.h>
#include <pthread.h>

#include "diag/log.hpp"
#include "net/text.hpp"

namespace control {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr std::chrono::seconds kLogEvery{1};
constexpr std::chrono::seconds kCancelTimeout{2};  // for the disk, after a job was cancelled

double seconds_since(SteadyClock::time_point begin) {
  return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

Json outcome_json(const std::filesystem::path& file, const snapshot::Outcome& outcome, double seconds) {
  return {{"file", file.string()},
          {"entries", outcome.entries},
          {"passed_over", outcome.passed_over},
          {"bytes", outcome.bytes},
          {"seconds", seconds}};
}

std::uint64_t percent_of(const snapshot::Progress& progress) {
  const std::uint64_t total = progress.total.load(std::memory_order_relaxed);
  const std::uint64_t done = progress.done.load(std::memory_order_relaxed);
  return total == 0 ? 0 : std::min<std::uint64_t>(100, done * 100 / total);
}

}  // namespace

/// Shared with its thread, which outlives Snapshots when a disk does not answer.
struct Snapshots::Job {
  Kind kind{};
  std::filesystem::path file;
  Done done;
  bool is_scheduled = false;
  snapshot::Progress progress;
  std::thread thread;

  mutable std::mutex mutex;
  std::condition_variable changed;
  std::optional<diag::Result<Json>> result;  // set last
  std::span<const cache::NewEntry> batch;
  bool is_refused = false;
  std::uint64_t kept = 0;

  [[nodiscard]] bool finishes_within(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, timeout, [this] { return result.has_value(); });
  }
  void finish(diag::Result<Json> how) {
    const std::scoped_lock lock(mutex);
    result = std::move(how);
    changed.notify_all();
  }
  /// Called by the job's thread; returns when control has given the batch back.
  bool hand_over(std::span<const cache::NewEntry> entries) {
    if (entries.empty()) return true;
    std::unique_lock lock(mutex);
    batch = entries;
    changed.wait(lock, [this] { return batch.empty() || is_refused; });
    return !is_refused;
  }
};

Snapshots::Snapshots(const Spec& spec) : spec_(spec), written_at_(spec.clock->now()) {}
Snapshots::~Snapshots() { end(); }

snapshot::Context Snapshots::context() const {
  const auto unix_time = std::chrono::system_clock::now().time_since_epoch();
  return {.groups = spec_.groups, .unix_ms = std::chrono::duration_cast<std::chrono::milliseconds>(unix_time).count()};
}

snapshot::WriteJob Snapshots::write_job() const {
  return {.cache = spec_.cache,
          .qsbr = spec_.qsbr,
          .reader = spec_.reader,
          .now = spec_.clock->now(),
          .context = context()};
}

void Snapshots::empty_cache() {
  constexpr std::byte kRoot{0};
  cache::Cache::Cursor cursor;
  while (spec_.cache->flush(cursor, base::Bytes(&kRoot, 1), spec_.cache->bucket_count())) {
  }
}

void Snapshots::restore_at_start() {
  if (spec_.settings.file.empty()) return;
  if (!std::filesystem::exists(spec_.settings.file)) {
    diag::log().info("{}: no snapshot yet, the cache starts empty", spec_.settings.file.string());
    return;
  }
  const auto begin = SteadyClock::now();
  auto logged = begin;
  snapshot::Progress progress;
  const auto keep = [&](std::span<const cache::NewEntry> entries) {
    for (const cache::NewEntry& entry : entries) {
      static_cast<void>(spec_.cache->insert(entry, spec_.clock->now()));
      spec_.cache->reclaim();
    }
    if (SteadyClock::now() - logged >= kLogEvery) {
      logged = SteadyClock::now();
      diag::log().info("restoring the cache: {} %", percent_of(progress));
    }
    return true;
  };
  const auto outcome = snapshot::read(spec_.settings.file, context(), *spec_.hash, keep, progress);
  if (!outcome) {
    empty_cache();
    diag::log().warn("{}; the cache starts empty", outcome.error().sentence());
    return note(diag::fail(outcome.error()));
  }
  Json json = outcome_json(spec_.settings.file, *outcome, seconds_since(begin));
  json["kept"] = spec_.cache->stats()[cache::Gauge::kEntries];
  diag::log().info("restored {} of {} answers in {:.2f} s, {} had expired or belong to other uplinks",
                   spec_.cache->stats()[cache::Gauge::kEntries], outcome->entries + outcome->passed_over,
                   json["seconds"].get<double>(), outcome->passed_over);
  note(json);
}

void Snapshots::save_at_stop() {
  end();
  if (spec_.settings.file.empty()) return;
  start(Kind::kDump, spec_.settings.file, nullptr, true);
  if (job_->finishes_within(spec_.stop_timeout)) return look();
  diag::log().warn("{}: not written within {} s, giving up; previous snapshot kept", job_->file.string(),
                   spec_.stop_timeout.count() / 1'000);
  end();
}

void Snapshots::begin(Kind kind, const std::filesystem::path& file, Done done) {
  if (is_busy()) {
    return done(
        diag::fail(diag::Code::kUnavailable,
                   fmt::format("another snapshot is being written or read: {}; try again later", job_->file.string())));
  }
  start(kind, file, std::move(done), false);
}

void Snapshots::start(Kind kind, const std::filesystem::path& file, Done done, bool is_scheduled) {
  job_ = std::make_shared<Job>();
  job_->kind = kind;
  job_->file = file;
  job_->done = std::move(done);
  job_->is_scheduled = is_scheduled;
  {
    const std::scoped_lock lock(report_mutex_);
    reported_job_ = job_;
  }
  job_->thread = std::thread([job = job_, write = write_job(), hash = spec_.hash] {
    pthread_setname_np(pthread_self(), "sluice-snapshot");
    const auto begin = SteadyClock::now();
    const auto sink = [&job](std::span<const cache::NewEntry> entries) { return job->hand_over(entries); };
    auto outcome = job->kind == Kind::kDump ? snapshot::write(job->file, write, job->progress)
                                            : snapshot::read(job->file, write.context, *hash, sink, job->progress);
    if (!outcome) return job->finish(diag::fail(outcome.error()));
    Json json = outcome_json(job->file, *outcome, seconds_since(begin));
    if (job->kind == Kind::kLoad) json["kept"] = job->kept;
    job->finish(std::move(json));
  });
}

void Snapshots::look() {
  if (job_ != nullptr) {
    {
      const std::scoped_lock lock(job_->mutex);
      if (!job_->result) return;
    }
    const std::shared_ptr<Job> job = std::exchange(job_, nullptr);
    job->thread.join();
    note(*job->result);
    if (job->is_scheduled && *job->result) {
      diag::log().info("{}: {} answers saved for the next start", job->file.string(),
                       (**job->result)["entries"].get<std::uint64_t>());
    } else if (job->is_scheduled) {
      diag::log().warn("{}", job->result->error().sentence());
    }
    if (job->done) job->done(*job->result);
  }
  const auto every = spec_.settings.every;
  if (spec_.settings.file.empty() || every.count() == 0 || spec_.clock->now() - written_at_ < every) return;
  written_at_ = spec_.clock->now();
  start(Kind::kDump, spec_.settings.file, nullptr, true);
}

std::span<const cache::NewEntry> Snapshots::batch() const {
  if (job_ == nullptr) return {};
  const std::scoped_lock lock(job_->mutex);
  return job_->batch;
}

void Snapshots::give_back(std::optional<std::size_t> kept) {
  if (job_ == nullptr) return;
  if (!kept) {  // the batch stays valid until end(): the egress core may still read it
    if (job_->done)
      std::exchange(job_->done, nullptr)(
          diag::fail(diag::Code::kUnavailable, "the egress core does not answer; see `sluicectl status`"));
    return;
  }
  const std::scoped_lock lock(job_->mutex);
  job_->kept += *kept;
  job_->batch = {};
  job_->changed.notify_all();
}

void Snapshots::end() {
  if (job_ == nullptr) return;
  job_->progress.cancel.store(true, std::memory_order_relaxed);
  {
    const std::scoped_lock lock(job_->mutex);
    job_->is_refused = true;
    job_->changed.notify_all();
  }
  const std::shared_ptr<Job> job = std::exchange(job_, nullptr);
  if (job->finishes_within(kCancelTimeout)) {
    job->thread.join();
  } else {
    job->thread.detach();  // it waits for the disk and uses nothing but the job
  }
  if (job->done) job->done(diag::fail(diag::Code::kUnavailable, "the appliance is stopping"));
}

void Snapshots::note(const diag::Result<Json>& result) {
  const std::scoped_lock lock(report_mutex_);
  reported_job_.reset();
  if (result) last_ = *result;
  error_ = result ? std::string() : result.error().sentence();
}

Json Snapshots::report() const {
  const std::scoped_lock lock(report_mutex_);
  const bool is_off = spec_.settings.file.empty();
  Json json = {{"file", is_off ? Json(nullptr) : Json(spec_.settings.file.string())},
               {"every_sec", spec_.settings.every.count()},
               {"state", is_off ? "off" : "idle"},
               {"percent", nullptr},
               {"last", last_},
               {"error", error_.empty() ? Json(nullptr) : Json(error_)}};
  if (reported_job_ != nullptr) {
    json["state"] = reported_job_->kind == Kind::kDump ? "writing" : "reading";
    json["percent"] = percent_of(reported_job_->progress);
  }
  return json;
}

std::uint64_t group_digest(const config::Settings& settings) {
  std::string text;
  for (std::size_t i = 0; i < settings.egress.uplinks.size(); ++i) {
    text += settings.uplink_names[i];
    for (const net::IpAddress& server : settings.egress.uplinks[i].servers)
      text += fmt::format(" {}", net::to_text(server).view());
    text += '\n';
  }
  return snapshot::digest(text);
}

}  // namespace control
