// SPDX-License-Identifier: Apache-2.0
// Collects, sorts and prints problems.
#include "keyfile/problems.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace keyfile {
namespace {

constexpr std::size_t kMaxReported = 50;  // about a screenful

}  // namespace

void Problems::add(Mark mark, std::string_view key, std::string_view what, std::string_view allowed) {
  std::string sentence = key.empty() ? std::string(what) : fmt::format("{}: {}", key, what);
  if (!allowed.empty()) sentence += fmt::format("; allowed: {}", allowed);
  // A key that is read twice is reported once.
  if (!seen_.emplace(mark, sentence).second) return;
  list_.push_back({mark, std::move(sentence)});
}

diag::Error Problems::error(const std::filesystem::path& file) const {
  std::vector<Problem> sorted = list_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) { return a.mark < b.mark; });
  std::string text;
  for (std::size_t i = 0; i < sorted.size() && i < kMaxReported; ++i) {
    const Problem& problem = sorted[i];
    if (!text.empty()) text += '\n';
    if (problem.mark.line == 0) {
      text += fmt::format("{}: {}", file.string(), problem.sentence);
    } else {
      text += fmt::format("{}:{}:{}: {}", file.string(), problem.mark.line, problem.mark.column, problem.sentence);
    }
  }
  if (sorted.size() > kMaxReported) {
    text += fmt::format("\n{}: {} more problems are not shown", file.string(), sorted.size() - kMaxReported);
  }
  return {diag::Code::kInvalid, std::move(text)};
}

}  // namespace keyfile
