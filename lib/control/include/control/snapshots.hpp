// SPDX-License-Identifier: Apache-2.0
/// @file snapshots.hpp – when the cache goes into a file and comes back: at start and stop, now and then, by hand.
///
/// Purpose    one job at a time. Before the polling threads run, this thread is the cache's writer and restores by itself;
///            later a job has a thread of its own and what it reads from a file goes to the egress core in batches.
/// Threads    control; report() may be called by any. A job's thread sees the cache as a reader.
/// Ownership  borrows everything in its Spec. end() before any of it goes.
/// Errors     a file that cannot be used is told and changes nothing.
///
///   dump  job's thread: snapshot::write ──▶ finished ──look()──▶ done
///   load  job's thread: snapshot::read ──batch()──▶ control: mailbox of the egress core ──give_back()──▶ next batch … finished
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "base/instant.hpp"
#include "base/keyed_hash.hpp"
#include "base/qsbr.hpp"
#include "cache/cache.hpp"
#include "config/settings.hpp"
#include "control/json.hpp"
#include "diag/result.hpp"
#include "snapshot/snapshot.hpp"

namespace control {

class Snapshots {
 public:
  struct Spec {
    cache::Cache* cache = nullptr;
    base::Qsbr* qsbr = nullptr;
    std::size_t reader = 0;  // a slot of its own
    const base::KeyedHash* hash = nullptr;
    const base::Clock* clock = nullptr;
    std::uint64_t groups = 0;  // group_digest()
    config::SnapshotSettings settings;
    std::chrono::milliseconds stop_patience{10'000};
  };
  enum class Kind : std::uint8_t { kDump, kLoad };
  /// {"file", "entries", "passed_over", "bytes", "seconds"}, and of a load "kept".
  using Done = std::function<void(diag::Result<Json>)>;

  explicit Snapshots(const Spec& spec);
  ~Snapshots();
  Snapshots(const Snapshots&) = delete;
  Snapshots& operator=(const Snapshots&) = delete;

  /// Before the polling threads begin: this thread writes the cache. Never an error: without a file it stays empty.
  void restore_at_start();
  /// After they have ended. Given up after stop_patience.
  void save_at_stop();

  /// By hand; refused while another one is at work.
  void begin(Kind kind, const std::filesystem::path& file, Done done);
  [[nodiscard]] bool is_busy() const noexcept { return job_ != nullptr; }
  /// Several times a second: tells how a job went, and begins the one that is due.
  void look();
  /// What a load wants stored now; empty: nothing. Valid until given back.
  [[nodiscard]] std::span<const cache::NewEntry> batch() const;
  /// `kept` of the batch; nullopt: the egress core did not answer, and the load ends. Its memory stays until end().
  void give_back(std::optional<std::size_t> kept);
  /// Ends whatever is at work.
  void end();

  /// {"file", "every_sec", "state": "off" | "idle" | "writing" | "reading", "percent", "last": {…} | null, "error"}
  [[nodiscard]] Json report() const;

 private:
  struct Job;
  void start(Kind kind, const std::filesystem::path& file, Done done, bool is_scheduled);
  [[nodiscard]] snapshot::Context context() const;
  [[nodiscard]] snapshot::WriteJob write_job() const;
  void note(const diag::Result<Json>& result);
  void empty_cache();

  Spec spec_;
  std::shared_ptr<Job> job_;
  base::Instant written_at_;
  mutable std::mutex told_mutex_;
  std::shared_ptr<const Job> told_job_;  // likewise job_, for report()
  Json last_ = nullptr;
  std::string error_;
};

/// Which upstream groups the views of keys number: their names and servers.
[[nodiscard]] std::uint64_t group_digest(const config::Settings& settings);

}  // namespace control
