// SPDX-License-Identifier: Apache-2.0
/// @file snapshot.hpp – the cache in a file, so that a restart begins warm.
///
/// Purpose    write() stores every answer that somebody could still use, read() brings them back, older by the time that
///            has passed on the wall clock. A file is used whole or not at all: each part has its checksum, and a file of
///            another version, of other upstream groups or of the future is refused with a sentence.
/// Threads    write(): any thread that owns the Qsbr slot it gives, beside the egress core and the workers. read(): any
///            thread; it calls the sink on one thread at a time, which is where the one writer of the cache comes in.
///            Both spread their work with oneTBB: encoding and decoding, checksums and hashes.
/// Ownership  what the sink is given is valid during the call.
/// Cost       one pass over the table, two over the file; parts of at most some MiB are in memory at once.
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

/// How far it is; written by who works, read by anybody.
struct Progress {
  std::atomic<std::uint64_t> done{0};   // entries
  std::atomic<std::uint64_t> total{0};  // as far as it is known
  std::atomic<bool> cancel{false};      // set by anybody: end soon
};

/// How it went.
struct Outcome {
  std::uint64_t entries = 0;      // written, or given to the sink
  std::uint64_t passed_over = 0;  // dead by now, or failures, which are not worth keeping
  std::uint64_t bytes = 0;        // of the file
};

/// What a file is bound to besides its format.
struct Context {
  std::uint64_t groups = 0;  // digest of the upstream groups that views of keys number
  std::int64_t unix_ms = 0;  // now
};

struct WriteJob {
  const cache::Cache* cache = nullptr;
  base::Qsbr* qsbr = nullptr;
  std::size_t reader = 0;  // a slot of its own
  base::Instant now;
  Context context;
};

/// Replaces `file`, if it is a snapshot or not there, in one step, mode 0600: readers find the old or the new one.
[[nodiscard]] diag::Result<Outcome> write(const std::filesystem::path& file, const WriteJob& job, Progress& progress);

/// For Context::groups: the same for the same text.
[[nodiscard]] std::uint64_t digest(std::string_view text) noexcept;

/// Takes some entries; false ends the reading.
using Sink = std::function<bool(std::span<const cache::NewEntry>)>;

/// Everything is checked before the sink gets the first entry.
[[nodiscard]] diag::Result<Outcome> read(const std::filesystem::path& file, const Context& context,
                                         const base::KeyedHash& hash, const Sink& sink, Progress& progress);

}  // namespace snapshot
