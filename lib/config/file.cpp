// SPDX-License-Identifier: Apache-2.0
// Reads a file with a cap on its size.
#include "file.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "config/config.hpp"

namespace config {

diag::Result<std::string> read_file(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    return diag::fail(diag::Code::kInvalid, fmt::format("{}: is a directory; give a file", file.string()));
  }
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return diag::fail(diag::Code::kInvalid, diag::Error::from_errno(errno, file.string()).sentence());
  std::string text(kMaxFileBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return diag::fail(diag::Code::kInvalid, fmt::format("{}: is not readable", file.string()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > kMaxFileBytes) {
    return diag::fail(diag::Code::kInvalid, fmt::format("{}: is larger than {} bytes, which no configuration is",
                                                        file.string(), kMaxFileBytes));
  }
  return text;
}

}  // namespace config
