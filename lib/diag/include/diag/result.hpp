// SPDX-License-Identifier: Apache-2.0
/// @file result.hpp – control-plane errors: a code for programs and a sentence for a person.
///
/// Purpose    Result<T> composes with and_then/map. The sentence names the object, the fault and the remedy.
/// Threads    value types.
/// Ownership  Error owns its text.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace diag {

enum class Code {
  kInvalid,      // the user's input is wrong: exit status 1
  kUnavailable,  // something that the machine should provide is missing: exit status 2
  kExhausted,    // memory, ports, queues: exit status 2
  kInternal,     // a bug of the program: exit status 3
};

class [[nodiscard]] Error {
 public:
  Error(Code code, std::string sentence) : code_(code), sentence_(std::move(sentence)) {}
  /// `what` failed with `errnum`: the sentence becomes "what: strerror".
  static Error from_errno(int errnum, std::string_view what);

  [[nodiscard]] Code code() const noexcept { return code_; }
  [[nodiscard]] const std::string& sentence() const noexcept { return sentence_; }
  [[nodiscard]] int exit_status() const noexcept;
  /// The same error with its place prefixed: "sluice.yaml:4:3: …".
  [[nodiscard]] Error at(std::string_view place) const;

 private:
  Code code_;
  std::string sentence_;
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

[[nodiscard]] inline tl::unexpected<Error> fail(Code code, std::string sentence) {
  return tl::unexpected<Error>(Error(code, std::move(sentence)));
}
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace diag
