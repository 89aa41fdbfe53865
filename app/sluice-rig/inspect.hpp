// SPDX-License-Identifier: Apache-2.0
/// @file inspect.hpp – sluice-rig inspect: statistics of a trace.
///
/// Purpose    one pass over a trace; prints a page or a JSON object.
/// Threads    main.
#pragma once

#include <nlohmann/json.hpp>

#include "command.hpp"
#include "inputs.hpp"
#include "trace/portrait.hpp"

namespace sluice_rig {

class Inspect final : public Command {
 public:
  explicit Inspect(CLI::App& app);
  [[nodiscard]] CLI::App* command() const noexcept override { return command_; }
  [[nodiscard]] diag::Status run(const std::string& line) override;

 private:
  CLI::App* command_;
  Inputs inputs_;
  std::string file_;
  std::uint32_t top_ = 10;
  bool json_ = false;
  bool quiet_ = false;
};

/// A page for a terminal.
[[nodiscard]] std::string portrait_text(const trace::Portrait& portrait, const trace::Source& source,
                                        const trace::Dictionary& dictionary);
[[nodiscard]] nlohmann::ordered_json portrait_json(const trace::Portrait& portrait, const trace::Source& source,
                                                   const trace::Dictionary& dictionary);

/// "www.example. A"
[[nodiscard]] std::string question_text(const trace::Question& question);
/// The TTL that `share` of all do not exceed.
[[nodiscard]] std::uint32_t ttl_quantile(const std::vector<trace::TtlCount>& ttls, double share) noexcept;

}  // namespace sluice_rig
