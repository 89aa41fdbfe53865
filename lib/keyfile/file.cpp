// SPDX-License-Identifier: Apache-2.0
// Reads a file with a cap on its size.
#include "keyfile/file.hpp"

#include <cerrno>
#include <fstream>
#include <string_view>
#include <system_error>

#include <fmt/core.h>

namespace keyfile {

namespace {

diag::Result<std::string> read(const std::filesystem::path& file, std::size_t max_bytes, std::string_view too_large) {
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return diag::fail(diag::Code::kInvalid, diag::Error::from_errno(errno, file.string()).sentence());
  std::string text;
  constexpr std::size_t kStepBytes = 1U << 20U;
  while (stream && text.size() <= max_bytes) {
    const std::size_t before = text.size();
    text.resize(before + kStepBytes);
    stream.read(text.data() + before, static_cast<std::streamsize>(kStepBytes));
    text.resize(before + static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) return diag::fail(diag::Code::kInvalid, fmt::format("{}: is not readable", file.string()));
  if (text.size() > max_bytes) {
    return diag::fail(diag::Code::kInvalid,
                      fmt::format("{}: is larger than {} bytes, which no {} is", file.string(), max_bytes, too_large));
  }
  return text;
}

}  // namespace

diag::Result<std::string> read_file(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    return diag::fail(diag::Code::kInvalid, fmt::format("{}: is a directory; give a file", file.string()));
  }
  return read(file, kMaxFileBytes, "configuration");
}

diag::Result<std::string> read_regular_file(const std::filesystem::path& file, std::size_t max_bytes) {
  std::error_code error;
  const bool exists = std::filesystem::exists(file, error);
  if (exists && !std::filesystem::is_regular_file(file, error)) {
    return diag::fail(diag::Code::kInvalid, fmt::format("{}: is not a regular file", file.string()));
  }
  return read(file, max_bytes, "such file");
}

}  // namespace keyfile
