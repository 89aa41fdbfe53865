// SPDX-License-Identifier: Apache-2.0
/// @file snapshots.hpp – saves and restores the cache: at start, at stop, periodically and on request.
///
/// Purpose    one job at a time. Before the polling threads run, the control thread is the cache's writer and restores
///            it directly. Later a job has a thread of its own, and a load passes its entries to the egress core in
///            batches.
/// Threads    control; report() may be called by any. A job's thread is a reader of the cache.
/// Ownership  borrows everything in its Spec; end() is called before any of it is destroyed.
/// Errors     a file that cannot be used is reported and changes nothing.
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
#include "diag/result.hpp"
#include "snapshot/snapshot.hpp"
#include "verbs/json.hpp"

namespace control {

using verbs::Json;

class Snapshots {
 public:
  struct Spec {
    cache::Cache* cache = nullptr;
    base::Qsbr* qsbr = nullptr;
    std::size_t reader = 0;  // slot in `qsbr`
    const base::KeyedHash* hash = nullptr;
    const base::Clock* clock = nullptr;
    std::uint64_t groups = 0;  // group_digest()
    config::SnapshotSettings settings;
    std::chrono::milliseconds stop_timeout{10'000};
  };
  enum class Kind : std::uint8_t { kDump, kLoad };
  /// {"file", "entries", "passed_over", "bytes", "seconds"}, and of a load "kept".
  using Done = std::function<void(diag::Result<Json>)>;

  explicit Snapshots(const Spec& spec);
  ~Snapshots();
  Snapshots(const Snapshots&) = delete;
  Snapshots& operator=(const Snapshots&) = delete;

  /// Before the polling threads begin, because it writes the cache. Without a usable file the cache stays empty.
  void restore_at_start();
  /// After the polling threads have ended. Gives up after stop_timeout.
  void save_at_stop();

  /// On request; fails while another job runs.
  void begin(Kind kind, const std::filesystem::path& file, Done done);
  [[nodiscard]] bool is_busy() const noexcept { return job_ != nullptr; }
  /// Several times a second: completes a finished job and starts a periodic one when it is due.
  void look();
  /// The entries that a load wants stored now; may be empty. Valid until give_back().
  [[nodiscard]] std::span<const cache::NewEntry> batch() const;
  /// How many entries of the batch were stored; nullopt: the egress core did not answer, and the load fails. The batch
  /// stays valid until end().
  void give_back(std::optional<std::size_t> kept);
  /// Cancels the running job.
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
  mutable std::mutex report_mutex_;
  std::shared_ptr<const Job> reported_job_;  // job_ as report() sees it
  Json last_ = nullptr;
  std::string error_;
};

/// A digest of the uplinks' names and servers: uplink numbers in a snapshot mean the same while the digest is equal.
[[nodiscard]] std::uint64_t group_digest(const config::Settings& settings);

}  // namespace control
