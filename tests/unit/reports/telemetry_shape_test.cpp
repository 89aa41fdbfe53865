// SPDX-License-Identifier: Apache-2.0
// What of a report DPDK's telemetry can carry.
#include "reports/telemetry_shape.hpp"

#include <string>

#include <gtest/gtest.h>

#include "reports/reports.hpp"
#include "test_appliance.hpp"

namespace reports {
namespace {

// Every value that may stand in what telemetry_shape() gives.
void expect_carried(const Json& json, const std::string& place) {
  ASSERT_TRUE(json.is_object()) << place;
  for (const auto& [key, value] : json.items()) {
    const std::string here = place + "/" + key;
    EXPECT_EQ(key.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/"),
              std::string::npos)
        << here;
    if (value.is_object()) {
      expect_carried(value, here);
    } else if (value.is_array()) {
      for (const Json& one : value) EXPECT_TRUE(one.is_string()) << here;
    } else {
      EXPECT_TRUE(value.is_number_integer() || value.is_string()) << here << value.dump();
    }
  }
}

TEST(TelemetryShape, EveryReportBecomesWhatDpdkCarries) {
  testing::TestAppliance appliance(2);
  appliance.ask("a.example.");
  for (const Json& report : {status_report(appliance.view), stats_report(appliance.view), cache_report(appliance.view),
                             upstreams_report(appliance.view), lcores_report(appliance.view)}) {
    const Json shaped = telemetry_shape(report);
    expect_carried(shaped, "");
    EXPECT_GE(shaped.size() + 3, report.size());  // nulls may go: "slowpath", "upstream_tcp", "blocks"
  }
}

TEST(TelemetryShape, NumbersAndWordsStay) {
  const Json report = Json::parse(R"({"a":18446744073709551615,"b":-3,"c":"x","d":{"e":1}})");
  EXPECT_EQ(telemetry_shape(report), report);
}

TEST(TelemetryShape, TheRestIsMadeOfThem) {
  EXPECT_EQ(telemetry_shape(Json::parse(R"({"yes":true,"no":false,"none":null,"eth0.rx-drop":1})")),
            Json::parse(R"({"yes":1,"no":0,"eth0_rx_drop":1})"));
  EXPECT_EQ(telemetry_shape(Json::parse(R"({"list":[{"a":1},{"a":2}],"words":["x","y"],"empty":[]})")),
            Json::parse(R"({"list":{"0":{"a":1},"1":{"a":2}},"words":["x","y"],"empty":{}})"));
}

TEST(TelemetryShape, LongTextIsCut) {
  const Json shaped = telemetry_shape(Json{{"path", std::string(500, 'p')}, {"rest", 1}});
  EXPECT_EQ(shaped["path"].get<std::string>().size(), kTelemetryTextBytes);
}

}  // namespace
}  // namespace reports
