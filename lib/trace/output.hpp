// SPDX-License-Identifier: Apache-2.0
// A file under another name until it is whole.
#pragma once

#include <optional>
#include <string>

#include "file.hpp"

namespace trace {

class Output {
 public:
  [[nodiscard]] static diag::Result<Output> create(const std::string& path);
  Output(Output&& other) noexcept = default;
  Output& operator=(Output&&) = delete;
  ~Output();

  [[nodiscard]] File& file() noexcept { return *file_; }
  [[nodiscard]] diag::Status finish();

 private:
  Output(File file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}
  [[nodiscard]] std::string part() const { return path_ + ".part"; }
  std::optional<File> file_;
  std::string path_;  // empty: finished, or moved from
};

}  // namespace trace
