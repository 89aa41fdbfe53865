// SPDX-License-Identifier: Apache-2.0
// Our own format, block by block; docs/trace-format.md is the specification.
//
//   file     header │ block │ block │ … │ index block │ trailer
//   block    byte 0      4       8       16       20    24         32
//                 ┌──────┬───────┬───────┬────────┬─────┬──────────┬─────────────────┐
//                 │ kind │ count │ first │ stored │ raw │ checksum │ stored octets … │   all integers little-endian
//                 └──────┴───────┴───────┴────────┴─────┴──────────┴─────────────────┘
//   checksum XXH3-64 of octets 0 … 23 and of what is stored, which is one zstd frame of `raw` octets
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "file.hpp"
#include "packing.hpp"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace trace {

constexpr std::array<std::uint8_t, 8> kStrcMagic{0x93, 'S', 'T', 'R', 'C', '\r', '\n', 0x1a};
constexpr std::uint16_t kStrcVersion = 1;
constexpr std::size_t kStrcHeaderBytes = 32;
constexpr std::size_t kStrcTrailerBytes = 24;
constexpr std::uint32_t kStrcEventsPerBlock = 65'536;
constexpr std::uint32_t kStrcBlockHeaderBytes = 32;
constexpr std::uint32_t kStrcMaxRawBytes = std::uint32_t{64} << 20U;

enum class BlockKind : std::uint32_t {
  kQuestions = 0x4e545351,  // "QSTN"
  kClients = 0x544e4c43,    // "CLNT"
  kEvents = 0x544e5645,     // "EVNT"
  kIndex = 0x58444e49,      // "INDX"
};

struct BlockHeader {
  BlockKind kind{};
  std::uint32_t count = 0;  // of questions, clients, events or index entries
  std::uint64_t first = 0;  // number of the first of them
  std::uint32_t stored_bytes = 0;
  std::uint32_t raw_bytes = 0;
  std::uint64_t checksum = 0;
};
static_assert(sizeof(BlockHeader) == kStrcBlockHeaderBytes);

/// Where a block stands.
struct IndexEntry {
  BlockKind kind{};
  std::uint32_t count = 0;
  std::uint64_t first = 0;
  std::uint64_t offset = 0;
  std::int64_t first_ns = 0;  // of an event block
};
static_assert(sizeof(IndexEntry) == 32);

/// Compresses and writes.
class BlockWriter {
 public:
  BlockWriter();
  ~BlockWriter();
  BlockWriter(const BlockWriter&) = delete;
  BlockWriter& operator=(const BlockWriter&) = delete;
  [[nodiscard]] diag::Status write(File& file, BlockKind kind, std::uint32_t count, std::uint64_t first,
                                   base::Bytes raw);

 private:
  ZSTD_CCtx_s* context_;
  std::vector<std::byte> stored_;
};

enum class BlockState : std::uint8_t {
  kGood,
  kEnd,     // nothing behind the last block
  kCut,     // the file ends within a block
  kBroken,  // checksum, sizes or compression; `header` tells the place behind it only if it looks sane
};

/// Reads and decompresses.
class BlockReader {
 public:
  BlockReader();
  ~BlockReader();
  BlockReader(const BlockReader&) = delete;
  BlockReader& operator=(const BlockReader&) = delete;

  [[nodiscard]] BlockState read(File& file);
  [[nodiscard]] const BlockHeader& header() const noexcept { return header_; }
  [[nodiscard]] base::Bytes raw() const noexcept { return raw_; }
  /// Of a broken block: can the next one be where the header says?
  [[nodiscard]] bool header_is_sane() const noexcept;

 private:
  [[nodiscard]] bool unpack();
  ZSTD_DCtx_s* context_;
  BlockHeader header_;
  std::vector<std::byte> stored_;
  std::vector<std::byte> raw_;
};

}  // namespace trace
