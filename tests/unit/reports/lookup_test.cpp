// SPDX-License-Identifier: Apache-2.0
// Cache entries as a person reads them, and the reader slot that looking costs.
#include <string>

#include <gtest/gtest.h>

#include "records_text.hpp"
#include "reports/reports.hpp"
#include "test_appliance.hpp"

namespace reports {
namespace {

using testing::TestAppliance;
using testing::wire;

Json lookup(const TestAppliance& appliance, std::string_view name, std::uint8_t flags = 0) {
  verbs::Request request;
  request.qname = wire(name);
  request.key_flags = flags;
  return lookup_report(appliance.view, request);
}

TEST(CacheLookup, ShowsTheEntryWithItsRecordsAged) {
  TestAppliance appliance;
  appliance.store("www.example.", 60);
  appliance.in_process.clock.advance(std::chrono::seconds(20));
  const Json found = lookup(appliance, "www.example.");
  EXPECT_EQ(found["name"], "www.example.");
  EXPECT_EQ(found["type"], "A");
  EXPECT_EQ(found["uplink"], "vpc");
  EXPECT_EQ(found["entry"], Json::parse(R"({"kind":"positive","rcode":"NOERROR","freshness":"fresh","age_sec":20,
      "ttl_sec":60,"ttl_left_sec":40,"stale_left_sec":100,"record_bytes":16,
      "answer":["www.example. 40 IN A 192.0.2.1"],"authority":[],"additional":[]})"));
}

// RFC 8767: an expired entry serves on for a while.
TEST(CacheLookup, AnExpiredEntryIsStaleAndThenDead) {
  TestAppliance appliance;
  appliance.store("www.example.", 60);
  appliance.in_process.clock.advance(std::chrono::seconds(70));
  const Json stale = lookup(appliance, "www.example.")["entry"];
  EXPECT_EQ(stale["freshness"], "stale");
  EXPECT_EQ(stale["ttl_left_sec"], 0);
  EXPECT_EQ(stale["stale_left_sec"], 90);
  EXPECT_EQ(stale["answer"][0], "www.example. 0 IN A 192.0.2.1");
  appliance.in_process.clock.advance(std::chrono::seconds(90));
  EXPECT_EQ(lookup(appliance, "www.example.")["entry"]["freshness"], "dead");
}

TEST(CacheLookup, ANameThatIsNotThereHasNoEntry) {
  TestAppliance appliance;
  const Json found = lookup(appliance, "nowhere.example.");
  EXPECT_TRUE(found["entry"].is_null());
  EXPECT_TRUE(found["stored_for"].empty());
}

// DO and CD are part of the question: a lookup without them says which flags the cached answer has.
TEST(CacheLookup, SaysForWhichFlagsAnAnswerIsStored) {
  TestAppliance appliance;
  appliance.store("www.example.", 60, dns::kKeyFlagDo);
  const Json found = lookup(appliance, "www.example.");
  EXPECT_TRUE(found["entry"].is_null());
  EXPECT_EQ(found["stored_for"], Json::parse(R"([{"do":true,"cd":false}])"));
  EXPECT_FALSE(lookup(appliance, "www.example.", dns::kKeyFlagDo)["entry"].is_null());
}

// A reader that stayed online would keep every removed entry's memory for ever.
TEST(CacheLookup, LeavesTheReaderSlotOffline) {
  TestAppliance appliance;
  appliance.store("www.example.", 60);
  static_cast<void>(lookup(appliance, "www.example."));
  base::Qsbr& qsbr = appliance.in_process.qsbr();
  const base::Qsbr::Token grace = qsbr.begin_grace();
  qsbr.report(0, qsbr.token());  // the worker, the only other reader
  EXPECT_TRUE(qsbr.passed(grace));
}

TEST(CacheLookup, RecordsOfAllSectionsArePrinted) {
  const std::string raw(
      "\xc0\x0c\0\5\0\1\0\0\0\x0a\0\4\1w\xc0\x0c"      // CNAME w.example.
      "\xc0\x0c\0\2\0\1\0\0\0\x14\0\5\2ns\xc0\x0c"     // NS ns.example.
      "\2ns\xc0\x0c\0\1\0\1\0\0\0\x1e\0\4\xc0\0\2\2",  // A
      16 + 17 + 19);
  StoredRecords stored;
  for (const char c : raw) stored.records.push_back(static_cast<std::byte>(c));
  stored.ttl_offsets = {6, 22};  // the third is left as it is
  stored.ancount = stored.nscount = stored.arcount = 1;
  const RecordLines lines = records_text(wire("example."), dns::QType::kA, dns::QClass::kIn, stored, 12);
  EXPECT_EQ(lines.answer, std::vector<std::string>{"example. 0 IN CNAME w.example."});
  EXPECT_EQ(lines.authority, std::vector<std::string>{"example. 8 IN NS ns.example."});
  EXPECT_EQ(lines.additional, std::vector<std::string>{"ns.example. 30 IN A 192.0.2.2"});
}

}  // namespace
}  // namespace reports
