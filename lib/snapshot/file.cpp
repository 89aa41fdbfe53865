// SPDX-License-Identifier: Apache-2.0
// POSIX files for snapshots.
#include "file.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format.hpp"

namespace snapshot {
namespace {

/// May `path` be replaced? Only a snapshot or nothing may be there, so that a mistyped name destroys no other file.
diag::Status check_replaceable(const std::filesystem::path& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return {};
  auto refused =
      diag::fail(diag::Code::kInvalid,
                 fmt::format("{}: the file exists and is not a cache snapshot; choose another name", path.string()));
  if (!S_ISREG(status.st_mode)) return refused;
  if (status.st_size == 0) return {};
  auto file = OldFile::open(path);
  if (!file) return diag::fail(file.error());
  std::uint64_t magic = 0;
  if (!file->read(std::as_writable_bytes(std::span(&magic, 1))) || magic != kMagic) return refused;
  return {};
}

diag::Status write_all(int descriptor, base::Bytes bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return diag::fail(diag::Error::from_errno(errno, fmt::format("{}: cannot write", path.string())));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

diag::Result<OldFile> OldFile::open(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return diag::fail(diag::Error::from_errno(errno, path.string()));
  OldFile file(descriptor, 0);
  struct stat status {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    return diag::fail(diag::Code::kInvalid, fmt::format("{}: is not a regular file", path.string()));
  }
  file.size_ = static_cast<std::uint64_t>(status.st_size);
  return file;
}

OldFile::OldFile(OldFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_), at_(other.at_) {}

OldFile::~OldFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

bool OldFile::read(base::MutableBytes into) noexcept {
  while (!into.empty()) {
    const ssize_t got = pread(descriptor_, into.data(), into.size(), static_cast<off_t>(at_));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at_ += static_cast<std::uint64_t>(got);
    into = into.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

diag::Result<NewFile> NewFile::create(const std::filesystem::path& path) {
  if (auto checked = check_replaceable(path); !checked) return diag::fail(checked.error());
  std::filesystem::path temporary = path;
  temporary += ".new";
  unlink(temporary.c_str());  // left by a run that was killed
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return diag::fail(diag::Error::from_errno(errno, temporary.string()));
  return NewFile(descriptor, path, std::move(temporary));
}

NewFile::NewFile(NewFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)) {}

NewFile::~NewFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(temporary_.c_str());
}

diag::Error NewFile::failed(const char* what) const {
  return diag::Error::from_errno(errno, fmt::format("{}: {}", path_.string(), what));
}

diag::Status NewFile::append(base::Bytes bytes) { return write_all(descriptor_, bytes, temporary_); }

diag::Status NewFile::put_front(base::Bytes bytes) {
  if (lseek(descriptor_, 0, SEEK_SET) != 0) return diag::fail(failed("seeking"));
  return write_all(descriptor_, bytes, temporary_);
}

diag::Status NewFile::put_in_place() {
  if (fsync(descriptor_) != 0) return diag::fail(failed("cannot write to disk"));
  if (rename(temporary_.c_str(), path_.c_str()) != 0) return diag::fail(failed("cannot rename it into place"));
  close(std::exchange(descriptor_, -1));
  const auto folder = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) {
    static_cast<void>(fsync(directory));  // without it a power cut may bring back the old file, which is acceptable
    close(directory);
  }
  return {};
}

}  // namespace snapshot
