// SPDX-License-Identifier: Apache-2.0
// stdio streams with owners and complete error messages.
#include "file.hpp"

#include <cerrno>

#include <fmt/core.h>
#include <sys/stat.h>

namespace trace {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 18U;

}  // namespace

diag::Result<File> File::open_to_read(const std::string& path) {
  std::FILE* const raw = std::fopen(path.c_str(), "rbe");
  if (raw == nullptr) return diag::fail(diag::Code::kInvalid, diag::Error::from_errno(errno, path).sentence());
  File file(raw, path);
  struct stat status {};
  if (::fstat(::fileno(raw), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return diag::fail(diag::Code::kInvalid, fmt::format("{}: is a directory", path));
    if (S_ISREG(status.st_mode)) file.size_ = static_cast<std::uint64_t>(status.st_size);
  }
  std::setvbuf(raw, nullptr, _IOFBF, kBufferBytes);
  return file;
}

diag::Result<File> File::create(const std::string& path) {
  std::FILE* const raw = std::fopen(path.c_str(), "wbe");
  if (raw == nullptr) return diag::fail(diag::Code::kInvalid, diag::Error::from_errno(errno, path).sentence());
  std::setvbuf(raw, nullptr, _IOFBF, kBufferBytes);
  return File(raw, path);
}

std::size_t File::read(base::MutableBytes room) noexcept {
  const std::size_t got = std::fread(room.data(), 1, room.size(), file_.get());
  offset_ += got;
  return got;
}

diag::Status File::write(base::Bytes bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) {
    return diag::fail(diag::Error::from_errno(errno, path_));
  }
  offset_ += bytes.size();
  return {};
}

bool File::seek(std::uint64_t offset) noexcept {
  if (::fseeko(file_.get(), static_cast<off_t>(offset), SEEK_SET) != 0) return false;
  offset_ = offset;
  return true;
}

diag::Status File::close() {
  std::FILE* const raw = file_.release();
  if (std::fclose(raw) != 0) return diag::fail(diag::Error::from_errno(errno, path_));
  return {};
}

}  // namespace trace
