// SPDX-License-Identifier: Apache-2.0
/// @file file.hpp – a file that is read in pieces, and one that is replaced atomically; private.
///
/// Purpose    owners of descriptors; errors name the file.
/// Threads    one at a time.
/// Ownership  own their descriptor; a NewFile that is destroyed before it is put in place removes its temporary file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "base/bytes.hpp"
#include "diag/result.hpp"

namespace snapshot {

class OldFile {
 public:
  [[nodiscard]] static diag::Result<OldFile> open(const std::filesystem::path& path);
  OldFile(OldFile&& other) noexcept;
  OldFile& operator=(OldFile&&) = delete;
  ~OldFile();
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] std::uint64_t left() const noexcept { return size_ - at_; }
  void rewind(std::uint64_t at) noexcept { at_ = at; }
  /// Fills all of `out`, or returns false.
  [[nodiscard]] bool read(base::MutableBytes into) noexcept;

 private:
  OldFile(int descriptor, std::uint64_t size) noexcept : descriptor_(descriptor), size_(size) {}
  int descriptor_;
  std::uint64_t size_;
  std::uint64_t at_ = 0;
};

class NewFile {
 public:
  /// Creates a temporary file in the folder of `path`, mode 0600. `path` must be a snapshot or not exist.
  [[nodiscard]] static diag::Result<NewFile> create(const std::filesystem::path& path);
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();
  [[nodiscard]] diag::Status append(base::Bytes bytes);
  [[nodiscard]] diag::Status put_front(base::Bytes bytes);
  /// Flushes to disk and renames to `path`.
  [[nodiscard]] diag::Status put_in_place();

 private:
  NewFile(int descriptor, std::filesystem::path path, std::filesystem::path temporary) noexcept
      : descriptor_(descriptor), path_(std::move(path)), temporary_(std::move(temporary)) {}
  [[nodiscard]] diag::Error failed(const char* what) const;
  int descriptor_;
  std::filesystem::path path_;
  std::filesystem::path temporary_;
};

}  // namespace snapshot
