// SPDX-License-Identifier: Apache-2.0
// FILE.part to FILE.
#include "output.hpp"

#include <cerrno>

namespace trace {

diag::Result<Output> Output::create(const std::string& path) {
  auto file = File::create(path + ".part");
  if (!file) return diag::fail(file.error());
  return Output(std::move(*file), path);
}

Output::~Output() {
  if (!path_.empty() && file_) std::remove(part().c_str());
}

diag::Status Output::finish() {
  if (auto closed = file_->close(); !closed) return closed;
  if (std::rename(part().c_str(), path_.c_str()) != 0) return diag::fail(diag::Error::from_errno(errno, path_));
  path_.clear();
  return {};
}

}  // namespace trace
