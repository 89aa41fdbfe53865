// SPDX-License-Identifier: Apache-2.0
/// @file problems.hpp – everything that is wrong with a file, collected so that one run reports all of it.
///
/// Purpose    a list of sentences with the line and column that each is about.
/// Threads    control; values and pure functions.
#pragma once

#include <compare>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "diag/result.hpp"

namespace keyfile {

/// A place in a file, counted from 1; 0:0 is no place.
struct Mark {
  int line = 0;
  int column = 0;
  friend auto operator<=>(const Mark&, const Mark&) = default;
};

class Problems {
 public:
  /// `what` is wrong with `key` (empty for the file as a whole); `allowed` completes "allowed: …" and may be empty.
  void add(Mark mark, std::string_view key, std::string_view what, std::string_view allowed = {});

  [[nodiscard]] bool empty() const noexcept { return list_.empty(); }
  /// One line each in the order of the file, with the file's name in front.
  [[nodiscard]] diag::Error error(const std::filesystem::path& file) const;

 private:
  struct Problem {
    Mark mark;
    std::string sentence;
  };
  std::vector<Problem> list_;
  std::set<std::pair<Mark, std::string>> seen_;
};

}  // namespace keyfile
