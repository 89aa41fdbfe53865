// SPDX-License-Identifier: Apache-2.0
// zstd and checksums around blocks.
#include "strc_block.hpp"

#include <fmt/core.h>
#include <xxhash.h>
#include <zstd.h>

namespace trace {
namespace {

constexpr int kLevel = 3;
constexpr std::size_t kChecked = offsetof(BlockHeader, checksum);

std::uint64_t checksum_of(const BlockHeader& header, base::Bytes stored) noexcept {
  const std::uint64_t front = XXH3_64bits(&header, kChecked);
  return XXH3_64bits_withSeed(stored.data(), stored.size(), front);
}

bool is_known(BlockKind kind) noexcept {
  return kind == BlockKind::kQuestions || kind == BlockKind::kClients || kind == BlockKind::kEvents ||
         kind == BlockKind::kIndex;
}

}  // namespace

BlockWriter::BlockWriter() : context_(ZSTD_createCCtx()) {}
BlockWriter::~BlockWriter() { ZSTD_freeCCtx(context_); }

diag::Status BlockWriter::write(File& file, BlockKind kind, std::uint32_t count, std::uint64_t first, base::Bytes raw) {
  stored_.resize(ZSTD_compressBound(raw.size()));
  const std::size_t size = ZSTD_compressCCtx(context_, stored_.data(), stored_.size(), raw.data(), raw.size(), kLevel);
  if (ZSTD_isError(size) != 0) {
    return diag::fail(diag::Code::kInternal, fmt::format("{}: zstd: {}", file.path(), ZSTD_getErrorName(size)));
  }
  BlockHeader header{.kind = kind,
                     .count = count,
                     .first = first,
                     .stored_bytes = static_cast<std::uint32_t>(size),
                     .raw_bytes = static_cast<std::uint32_t>(raw.size())};
  header.checksum = checksum_of(header, base::Bytes(stored_.data(), size));
  return file.write(std::as_bytes(std::span(&header, 1))).and_then([&] {
    return file.write(base::Bytes(stored_.data(), size));
  });
}

BlockReader::BlockReader() : context_(ZSTD_createDCtx()) {}
BlockReader::~BlockReader() { ZSTD_freeDCtx(context_); }

bool BlockReader::header_is_sane() const noexcept {
  return is_known(header_.kind) && header_.raw_bytes <= kStrcMaxRawBytes &&
         header_.stored_bytes <= ZSTD_compressBound(header_.raw_bytes);
}

BlockState BlockReader::read(File& file) {
  const std::size_t got = file.read(std::as_writable_bytes(std::span(&header_, 1)));
  if (got == 0) return BlockState::kEnd;
  if (got < sizeof header_) return BlockState::kCut;
  if (!header_is_sane()) return BlockState::kBroken;
  stored_.resize(header_.stored_bytes);
  if (file.read(stored_) < stored_.size()) return BlockState::kCut;
  return unpack() ? BlockState::kGood : BlockState::kBroken;
}

bool BlockReader::unpack() {
  if (checksum_of(header_, stored_) != header_.checksum) return false;
  // The frame says itself how long it is: memory is taken for what is there, not for what a header claims.
  if (ZSTD_getFrameContentSize(stored_.data(), stored_.size()) != header_.raw_bytes) return false;
  raw_.resize(header_.raw_bytes);
  return ZSTD_decompressDCtx(context_, raw_.data(), raw_.size(), stored_.data(), stored_.size()) == raw_.size();
}

}  // namespace trace
