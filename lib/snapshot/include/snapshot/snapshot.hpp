// SPDX-License-Identifier: Apache-2.0
/// @file snapshot.hpp – the cache in a file, so that it is warm after a restart.
///
/// Purpose    write() stores every answer that may still be served; read() returns them, aged by the wall clock time that
///            has passed. A file is loaded completely or not at all: each part has a checksum, and a file of another format
///            version, of other uplinks or from the future is refused.
/// Threads    write(): any thread with a Qsbr slot of its own, while egress and workers run. read(): any thread; it calls
///            the sink on one thread at a time, and the sink passes the entries to the cache's writer. Both parallelise
///            encoding, decoding, checksums and hashes with oneTBB.
/// Ownership  what the sink receives is valid during the call.
/// Cost       one pass over the table, two over the file; a few parts of at most a few MiB are in memory at once.
///
///   file     ┌────────┬────────┬────────┬── … ──┬────────┐
///            │ header │ part 0 │ part 1 │       │ part n │
///            └────────┴────────┴────────┴── … ──┴────────┘
///   part     part header, then records: a record header, the key, the answer's records, padded to 8   (format.hpp)
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string_view>

#include "base/instant.hpp"
#include "base/keyed_hash.hpp"
#include "base/qsbr.hpp"
#include "cache/cache.hpp"
#include "diag/result.hpp"

namespace snapshot {

/// Progress; written by write() or read(), read by any thread.
struct Progress {
  std::atomic<std::uint64_t> done{0};   // entries
  std::atomic<std::uint64_t> total{0};  // an estimate while writing
  std::atomic<bool> cancel{false};      // set by any thread: stop soon
};

/// Result of write() or read().
struct Outcome {
  std::uint64_t entries = 0;      // written, or given to the sink
  std::uint64_t passed_over = 0;  // dead entries and failures, which are not stored
  std::uint64_t bytes = 0;        // of the file
};

/// A file is loaded only in a matching context.
struct Context {
  std::uint64_t groups = 0;  // digest of the uplinks, whose numbers are part of the keys
  std::int64_t unix_ms = 0;  // now
};

struct WriteJob {
  const cache::Cache* cache = nullptr;
  base::Qsbr* qsbr = nullptr;
  std::size_t reader = 0;  // a slot of its own
  base::Instant now;
  Context context;
};

/// Replaces `file` atomically, mode 0600, if it is a snapshot or does not exist.
[[nodiscard]] diag::Result<Outcome> write(const std::filesystem::path& file, const WriteJob& job, Progress& progress);

/// Digest for Context::groups.
[[nodiscard]] std::uint64_t digest(std::string_view text) noexcept;

/// Receives some entries; returns false to stop reading.
using Sink = std::function<bool(std::span<const cache::NewEntry>)>;

/// The whole file is checked before the sink receives the first entry.
[[nodiscard]] diag::Result<Outcome> read(const std::filesystem::path& file, const Context& context,
                                         const base::KeyedHash& hash, const Sink& sink, Progress& progress);

}  // namespace snapshot
