// SPDX-License-Identifier: Apache-2.0
/// @file runner.hpp – plays a scenario and complains at the first line that does not come true.
///
/// Purpose    the meaning of each step: what is sent, and how what came is compared.
/// Threads    one.
#pragma once

#include <map>
#include <string>

#include "script.hpp"
#include "stage.hpp"

namespace scenario {

class Runner {
 public:
  /// Throws a Complaint.
  static void run(Scenario scenario);

 private:
  explicit Runner(Scenario& scenario) : scenario_(&scenario), stage_(scenario) {}

  void play(Step& step);
  [[nodiscard]] std::string name_of(const Step& step) const;
  void client_asks(Step& step);
  void client_sends(Step& step);
  void expect_query(Step& step);
  void upstream_says(Step& step);
  void expect_reply(Step& step);
  void expect_nothing(const Step& step);
  void check_end();

  Scenario* scenario_;
  Stage stage_;
  std::map<std::string, Sent> named_;  // upstream packets
};

}  // namespace scenario
