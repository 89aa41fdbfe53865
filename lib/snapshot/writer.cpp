// SPDX-License-Identifier: Apache-2.0
// From the table to the file: ranges of buckets encoded in parallel, written in order.
#include <algorithm>
#include <array>
#include <vector>

#include <fmt/core.h>
#include <tbb/parallel_for.h>

#include "file.hpp"
#include "format.hpp"
#include "snapshot/snapshot.hpp"

namespace snapshot {
namespace {

constexpr std::size_t kBucketsPerPart = 4'096;  // a part has up to a few MiB
constexpr std::size_t kPartsPerRound = 8;       // between two of the reader's quiescent states

struct Piece {
  std::vector<std::byte> bytes;
  std::uint32_t entries = 0;
  std::uint64_t passed_over = 0;
  std::uint64_t checksum = 0;
};

void encode_range(const WriteJob& job, std::size_t from, std::size_t to, Piece& piece) {
  piece.bytes.clear();
  piece.entries = 0;
  piece.passed_over = 0;
  job.cache->for_each(from, to, [&](const cache::Entry& entry) {
    if (encode(entry, job.now, piece.bytes)) {
      ++piece.entries;
    } else {
      ++piece.passed_over;
    }
  });
  piece.checksum = checksum(piece.bytes);
}

diag::Status append(NewFile& file, const Piece& piece) {
  const PartHeader header{.entries = piece.entries, .bytes = piece.bytes.size(), .checksum = piece.checksum};
  if (auto written = file.append(std::as_bytes(std::span(&header, 1))); !written) return written;
  return file.append(piece.bytes);
}

}  // namespace

diag::Result<Outcome> write(const std::filesystem::path& path, const WriteJob& job, Progress& progress) {
  auto file = NewFile::create(path);
  if (!file) return diag::fail(file.error());
  FileHeader header{.unix_ms = job.context.unix_ms, .groups = job.context.groups};
  if (auto begun = file->append(std::as_bytes(std::span(&header, 1))); !begun) return diag::fail(begun.error());
  progress.total.store(job.cache->stats()[cache::Gauge::kEntries], std::memory_order_relaxed);

  Outcome outcome{.bytes = sizeof header};
  std::array<Piece, kPartsPerRound> pieces;
  const std::size_t buckets = job.cache->bucket_count();
  for (std::size_t at = 0; at < buckets; at += kPartsPerRound * kBucketsPerPart) {
    if (progress.cancel.load(std::memory_order_relaxed)) {
      return diag::fail(diag::Code::kUnavailable, fmt::format("{}: writing was cancelled", path.string()));
    }
    job.qsbr->online(job.reader);
    tbb::parallel_for(std::size_t{0}, kPartsPerRound, [&](std::size_t i) {
      const std::size_t from = std::min(at + i * kBucketsPerPart, buckets);
      encode_range(job, from, std::min(from + kBucketsPerPart, buckets), pieces[i]);
    });
    job.qsbr->offline(job.reader);
    for (const Piece& piece : pieces) {
      outcome.passed_over += piece.passed_over;
      if (piece.entries == 0) continue;
      if (auto written = append(*file, piece); !written) return diag::fail(written.error());
      ++header.parts;
      outcome.entries += piece.entries;
      outcome.bytes += sizeof(PartHeader) + piece.bytes.size();
    }
    progress.done.store(outcome.entries + outcome.passed_over, std::memory_order_relaxed);
  }
  header.entries = outcome.entries;
  header.checksum = checksum(std::as_bytes(std::span(&header, 1)).first(offsetof(FileHeader, checksum)));
  if (auto sealed = file->put_front(std::as_bytes(std::span(&header, 1))); !sealed) return diag::fail(sealed.error());
  if (auto placed = file->put_in_place(); !placed) return diag::fail(placed.error());
  return outcome;
}

}  // namespace snapshot
