// SPDX-License-Identifier: Apache-2.0
/// @file format.hpp – the bytes of a snapshot; private except for its fuzz target and tests.
///
/// Purpose    encodes entries as the records of a part and decodes them. Integers are in host order: a file stays on its
///            machine, and on one of the other byte order the magic does not match.
/// Threads    value types and pure functions.
/// Errors     decode() trusts nothing: lengths, names, records and counts are checked like those of a network reply.
///
///   header, 64 bytes
///   byte 0       8         12             16        24       32        40      44         48     56         64
///        ┌───────┬─────────┬──────────────┬─────────┬────────┬─────────┬───────┬──────────┬──────┬──────────┐
///        │ magic │ version │ header bytes │ unix_ms │ groups │ entries │ parts │ reserved │ zero │ checksum │
///        └───────┴─────────┴──────────────┴─────────┴────────┴─────────┴───────┴──────────┴──────┴──────────┘
///   part header, 24 bytes
///        ┌───────┬─────────┬───────┬──────────┐
///        │ magic │ entries │ bytes │ checksum │   checksums: XXH3, 64 bits, over all in front (header), over the bytes (part)
///        └───────┴─────────┴───────┴──────────┘
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/keyed_hash.hpp"
#include "cache/cache.hpp"
#include "dns/response.hpp"

namespace snapshot {

inline constexpr std::uint64_t kMagic = 0x31'45'48'43'41'43'4c'53;  // "SLCACHE1"
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::uint32_t kPartMagic = 0x54'52'41'50;  // "PART"
inline constexpr std::size_t kMaxPartBytes = std::size_t{64} << 20U;

struct FileHeader {
  std::uint64_t magic = kMagic;
  std::uint32_t version = kVersion;
  std::uint32_t header_bytes = 64;
  std::int64_t unix_ms = 0;
  std::uint64_t groups = 0;
  std::uint64_t entries = 0;
  std::uint32_t parts = 0;
  std::uint32_t reserved = 0;
  std::uint64_t zero = 0;
  std::uint64_t checksum = 0;
};
static_assert(sizeof(FileHeader) == 64);

struct PartHeader {
  std::uint32_t magic = kPartMagic;
  std::uint32_t entries = 0;
  std::uint64_t bytes = 0;
  std::uint64_t checksum = 0;
};
static_assert(sizeof(PartHeader) == 24);

struct RecordHeader {
  std::uint32_t ttl_left_sec = 0;
  std::uint32_t keep_left_sec = 0;
  std::uint32_t age_sec = 0;  // of the records' own TTLs
  std::uint16_t key_bytes = 0;
  std::uint16_t record_bytes = 0;
  std::uint16_t ancount = 0;
  std::uint16_t nscount = 0;
  std::uint16_t arcount = 0;
  std::uint16_t rcode = 0;
  std::uint16_t flags = 0;
  std::uint8_t kind = 0;
  std::uint8_t uses = 0;
};
static_assert(sizeof(RecordHeader) == 28);

[[nodiscard]] std::uint64_t checksum(base::Bytes bytes) noexcept;

/// Appends the entry; false for an entry that could not answer any more, which is skipped.
bool encode(const cache::Entry& entry, base::Instant now, std::vector<std::byte>& part);

/// The entries of one part; their views point into it.
class Part {
 public:
  /// `elapsed_sec` have passed since the part was written. nullopt: the part is damaged.
  [[nodiscard]] static std::optional<Part> decode(std::vector<std::byte> bytes, std::uint32_t elapsed_sec,
                                                  const base::KeyedHash& hash, dns::ResponseScratch& scratch);
  [[nodiscard]] const std::vector<cache::NewEntry>& entries() const noexcept { return entries_; }
  [[nodiscard]] std::uint64_t dead() const noexcept { return dead_; }

 private:
  [[nodiscard]] bool add(const RecordHeader& record, base::Bytes key, base::Bytes records, std::uint32_t elapsed_sec,
                         dns::ResponseScratch& scratch);

  std::vector<std::byte> bytes_;
  std::vector<std::uint16_t> offsets_;
  std::vector<cache::NewEntry> entries_;
  std::uint64_t dead_ = 0;
};

}  // namespace snapshot
