// SPDX-License-Identifier: Apache-2.0
// From the file to the sink: parts are read in order, checked and decoded in parallel, delivered in order.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <tbb/parallel_pipeline.h>

#include "file.hpp"
#include "format.hpp"
#include "snapshot/snapshot.hpp"

namespace snapshot {
namespace {

constexpr std::size_t kPartsInFlight = 6;
constexpr std::int64_t kClockSlackMs = 5'000;  // tolerates a clock that was set back a little

struct Raw {
  PartHeader header;
  std::vector<std::byte> bytes;
};
using RawPart = std::shared_ptr<Raw>;             // nullptr: could not be read
using DecodedPart = std::shared_ptr<const Part>;  // nullptr: damaged

diag::Error damaged(const std::filesystem::path& path, std::string_view what) {
  return {diag::Code::kInvalid,
          fmt::format("{}: the snapshot is damaged ({}) and was not loaded; remove the file", path.string(), what)};
}

diag::Result<FileHeader> read_header(OldFile& file, const std::filesystem::path& path, const Context& context) {
  FileHeader header;
  const auto bytes = std::as_writable_bytes(std::span(&header, 1));
  if (!file.read(bytes) || header.magic != kMagic) {
    return diag::fail(diag::Code::kInvalid, fmt::format("{}: is not a cache snapshot", path.string()));
  }
  if (header.version != kVersion || header.header_bytes != sizeof header) {
    return diag::fail(
        diag::Code::kInvalid,
        fmt::format("{}: has snapshot format {}, this program reads format {}; the snapshot was not loaded",
                    path.string(), header.version, kVersion));
  }
  if (header.checksum != checksum(bytes.first(offsetof(FileHeader, checksum))))
    return diag::fail(damaged(path, "header"));
  if (header.groups != context.groups) {
    return diag::fail(
        diag::Code::kInvalid,
        fmt::format("{}: the snapshot was written with other uplinks, whose answers may differ; it was not loaded",
                    path.string()));
  }
  if (header.unix_ms > context.unix_ms + kClockSlackMs) {
    return diag::fail(
        diag::Code::kInvalid,
        fmt::format(
            "{}: the snapshot was written {} s in the future; check the system clock; the snapshot was not loaded",
            path.string(), (header.unix_ms - context.unix_ms) / 1'000));
  }
  return header;
}

/// The next part's bytes, unchecked.
RawPart read_part(OldFile& file) {
  auto raw = std::make_shared<Raw>();
  if (!file.read(std::as_writable_bytes(std::span(&raw->header, 1)))) return nullptr;
  if (raw->header.magic != kPartMagic || raw->header.bytes > std::min<std::uint64_t>(file.left(), kMaxPartBytes))
    return nullptr;
  raw->bytes.resize(raw->header.bytes);
  return file.read(raw->bytes) ? raw : nullptr;
}

bool is_whole(const RawPart& raw) { return raw != nullptr && checksum(raw->bytes) == raw->header.checksum; }

/// Calls read, then work, then end; the first and last for one part at a time and in order.
template <class Made, class Work, class End>
void for_parts(OldFile& file, std::uint32_t parts, std::atomic<bool>& stop, Work&& work, End&& end) {
  std::uint32_t next = 0;
  const auto read = [&](tbb::flow_control& control) -> RawPart {
    if (stop || next == parts) {
      control.stop();
      return nullptr;
    }
    ++next;
    RawPart raw = read_part(file);
    if (raw == nullptr) next = parts;  // the position of the next part is unknown
    return raw;
  };
  tbb::parallel_pipeline(kPartsInFlight, tbb::make_filter<void, RawPart>(tbb::filter_mode::serial_in_order, read) &
                                             tbb::make_filter<RawPart, Made>(tbb::filter_mode::parallel, work) &
                                             tbb::make_filter<Made, void>(tbb::filter_mode::serial_in_order, end));
}

/// Are all parts present, and no bytes behind them?
bool is_sound(OldFile& file, const FileHeader& header) {
  std::atomic<bool> stop{false};
  std::uint32_t whole = 0;
  std::uint64_t entries = 0;
  for_parts<RawPart>(
      file, header.parts, stop, [](RawPart raw) { return is_whole(raw) ? raw : nullptr; },
      [&](const RawPart& raw) {
        whole += raw != nullptr ? 1U : 0U;
        entries += raw != nullptr ? raw->header.entries : 0U;
      });
  return whole == header.parts && entries == header.entries && file.left() == 0;
}

DecodedPart decode(const RawPart& raw, std::uint32_t elapsed_sec, const base::KeyedHash& hash) {
  static thread_local const auto scratch = std::make_unique<dns::ResponseScratch>();
  if (!is_whole(raw)) return nullptr;
  auto part = Part::decode(std::move(raw->bytes), elapsed_sec, hash, *scratch);
  if (!part || part->entries().size() + part->dead() != raw->header.entries) return nullptr;
  return std::make_shared<const Part>(std::move(*part));
}

}  // namespace

diag::Result<Outcome> read(const std::filesystem::path& path, const Context& context, const base::KeyedHash& hash,
                           const Sink& sink, Progress& progress) {
  auto file = OldFile::open(path);
  if (!file) return diag::fail(file.error());
  const auto header = read_header(*file, path, context);
  if (!header) return diag::fail(header.error());
  progress.total.store(header->entries, std::memory_order_relaxed);
  if (!is_sound(*file, *header)) return diag::fail(damaged(path, "a part"));

  file->rewind(sizeof(FileHeader));
  const std::int64_t elapsed_ms = std::max<std::int64_t>(context.unix_ms - header->unix_ms, 0);
  const auto elapsed_sec = static_cast<std::uint32_t>(std::min<std::int64_t>((elapsed_ms + 999) / 1'000, 0x7fff'ffff));
  Outcome outcome{.bytes = file->size()};
  std::atomic<bool> stop{false};
  bool unsound = false;
  for_parts<DecodedPart>(
      *file, header->parts, stop, [&](const RawPart& raw) { return decode(raw, elapsed_sec, hash); },
      [&](const DecodedPart& part) {
        if (stop) return;
        if (part == nullptr) {
          unsound = stop = true;
          return;
        }
        if (!sink(part->entries()) || progress.cancel.load(std::memory_order_relaxed)) stop = true;
        outcome.entries += part->entries().size();
        outcome.passed_over += part->dead();
        progress.done.store(outcome.entries + outcome.passed_over, std::memory_order_relaxed);
      });
  if (unsound) return diag::fail(damaged(path, "an answer"));
  return outcome;
}

}  // namespace snapshot
