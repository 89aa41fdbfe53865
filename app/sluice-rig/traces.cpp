// SPDX-License-Identifier: Apache-2.0
// Opens the files of a command line as one trace.
#include "traces.hpp"

#include <sys/stat.h>

namespace sluice_rig {
namespace {

rig::TraceFile file_of(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return {.path = path};
  constexpr std::int64_t kNs = 1'000'000'000;
  return {.path = path,
          .bytes = static_cast<std::uint64_t>(about.st_size),
          .changed_ns = about.st_mtim.tv_sec * kNs + about.st_mtim.tv_nsec};
}

}  // namespace

diag::Result<Traces> Traces::open(const std::vector<std::string>& paths, const Inputs& inputs) {
  const auto options = inputs.options();
  if (!options) return diag::fail(options.error());
  Traces traces;
  traces.dictionary_ = std::make_unique<trace::Dictionary>(inputs.limits());
  std::vector<std::unique_ptr<trace::Source>> sources;
  for (const std::string& path : paths) {
    auto source = trace::open(path, *traces.dictionary_, *options);
    if (!source) return diag::fail(source.error());
    sources.push_back(std::move(*source));
    traces.files_.push_back(file_of(path));
  }
  traces.chain_ = std::make_unique<rig::Chain>(std::move(sources));
  return traces;
}

void Traces::tell_skips() const {
  for (const auto& source : chain_->sources()) sluice_rig::tell_skips(*source);
  sluice_rig::tell_skips(*chain_);
}

}  // namespace sluice_rig
