// SPDX-License-Identifier: Apache-2.0
// A file that is read or written from front to back, with seeks between.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "diag/result.hpp"

namespace trace {

class File {
 public:
  [[nodiscard]] static diag::Result<File> open_to_read(const std::string& path);
  [[nodiscard]] static diag::Result<File> create(const std::string& path);

  /// As many bytes as there are, at most room.size().
  [[nodiscard]] std::size_t read(base::MutableBytes room) noexcept;
  [[nodiscard]] diag::Status write(base::Bytes bytes);
  [[nodiscard]] bool seek(std::uint64_t offset) noexcept;
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }  // when it was opened; 0: not a regular file
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// Writes out what is buffered; the last operation that can report a full disk.
  [[nodiscard]] diag::Status close();

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  File(std::FILE* file, std::string path) : file_(file), path_(std::move(path)) {}
  std::unique_ptr<std::FILE, Close> file_;
  std::string path_;
  std::uint64_t offset_ = 0;
  std::uint64_t size_ = 0;
};

}  // namespace trace
