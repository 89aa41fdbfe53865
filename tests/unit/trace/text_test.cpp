// SPDX-License-Identifier: Apache-2.0
// Logs and tables, as the tools write them, and what is reported about other lines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "samples.hpp"
#include "trace/writer.hpp"

namespace {

using samples::Folder;
using samples::Read;
using testing::HasSubstr;
using trace::Skip;

TEST(DnsmasqLog, QuestionsAreReadAndOtherLinesCounted) {
  const Folder folder;
  const Read read(folder.write("log", R"(Nov 26 04:34:13 dnsmasq[7]: started, version 2.90 cachesize 150
Nov 26 04:34:14 dnsmasq[7]: query[A] www.Example from 10.0.0.1
Nov 26 04:34:14 dnsmasq[7]: forwarded www.Example to 10.0.0.2
Nov 26 04:34:14 dnsmasq[7]: reply www.Example is 192.0.2.1
Nov 26 04:34:16 dnsmasq[7]: query[type=65] www.example from fe80::1%eth0
Nov 26 04:34:16 dnsmasq[7]: 12 10.0.0.1/53211 query[PTR] 1.0.0.10.in-addr.arpa from 10.0.0.1
)"));
  ASSERT_EQ(read.events.size(), 3U) << read.error;
  EXPECT_EQ(read.source->info().format, trace::Format::kDnsmasq);
  EXPECT_FALSE(read.source->info().has_year);
  EXPECT_EQ(read.text(0), "10.0.0.1 www.example. A");
  EXPECT_EQ(read.text(1), "fe80::1 www.example. HTTPS");
  EXPECT_EQ(read.text(2), "10.0.0.1 1.0.0.10.in-addr.arpa. PTR");
  EXPECT_EQ(read.events[1].at_ns, 2'000'000'000);
  EXPECT_EQ(read.skipped(Skip::kOtherLine), 3U);
}

TEST(DnsmasqLog, TheYearTurns) {
  const Folder folder;
  const Read read(folder.write("log", R"(Dec 31 23:59:59 dnsmasq[7]: query[A] a.example from 10.0.0.1
Jan  1 00:00:01 dnsmasq[7]: query[A] a.example from 10.0.0.1
)"));
  ASSERT_EQ(read.events.size(), 2U);
  EXPECT_EQ(read.events[1].at_ns, 2'000'000'000);
}

TEST(DnsmasqLog, WithoutAYearItsTimesAreThoseOfTheTraceInEveryFormat) {
  const Folder folder;
  const Read read(folder.write("log", R"(Nov 26 04:34:14 dnsmasq[7]: query[A] a.example from 10.0.0.1
Nov 26 04:34:16 dnsmasq[7]: query[A] a.example from 10.0.0.1
)"));
  for (const auto& [name, format] :
       {std::pair{"b.csv", trace::Format::kCsv}, std::pair{"b.strc", trace::Format::kStrc}}) {
    const auto writer = trace::create(folder.path(name), format, read.dictionary, read.source->info());
    ASSERT_TRUE((*writer)->write(read.events));
    ASSERT_TRUE((*writer)->finish());
    const Read again(folder.path(name));
    EXPECT_EQ(again.events, read.events) << name;
    EXPECT_EQ(again.source->info().has_year, again.source->info().origin_unix_ns == 0) << name;
  }
}

TEST(DnsmasqLog, BrokenLinesAreCountedWithTheirNumbers) {
  const Folder folder;
  const Read read(folder.write("log", R"(Nov 26 04:34:14 dnsmasq[7]: query[A] a.example from 10.0.0.1
Nov 26 04:34:14 dnsmasq[7]: query[A] a.example from somewhere
Nov 26 04:34:14 dnsmasq[7]: query[A] a..example from 10.0.0.1
Nov 99 04:34:14 dnsmasq[7]: query[A] a.example from 10.0.0.1
garbage
)"));
  EXPECT_EQ(read.events.size(), 1U);
  EXPECT_EQ(read.skipped(Skip::kLineBroken), 3U);
  EXPECT_EQ(read.place(Skip::kLineBroken), "line 2");
  EXPECT_EQ(read.place(Skip::kNameBroken), "line 3");
}

TEST(BindLog, QuestionsAreReadWithTheirFlags) {
  const Folder folder;
  const Read read(folder.write("log", R"(26-Nov-2026 04:34:14.100 general: info: running
26-Nov-2026 04:34:14.123 queries: info: client @0x7f1234567890 10.0.0.1#4242 (www.example): query: www.example IN A +E(0)K (10.0.0.53)
26-Nov-2026 04:34:14.223 queries: info: client @0x7f1234567890 fd00::1#4242 (www.example): view inside: query: www.example IN AAAA +E(0)TDC (fd00::53)
26-Nov-2026 04:34:14.323 client 10.0.0.1#4242 (version.bind): query: version.bind CH TXT + (10.0.0.53)
)"));
  ASSERT_EQ(read.events.size(), 3U) << read.error;
  EXPECT_EQ(read.source->info().format, trace::Format::kBind);
  EXPECT_EQ(read.text(0), "10.0.0.1 www.example. A");
  EXPECT_EQ(read.events[0].flags, 0);
  EXPECT_EQ(read.text(1), "fd00::1 www.example. AAAA");
  EXPECT_EQ(read.events[1].at_ns, 100'000'000);
  EXPECT_EQ(read.events[1].flags, trace::kOverTcp | trace::kDnssecOk | trace::kCheckingDisabled);
  EXPECT_EQ(read.dictionary.question(read.events[2].question).qclass, dns::QClass::kCh);
  EXPECT_EQ(read.skipped(Skip::kOtherLine), 1U);
  EXPECT_EQ(read.source->info().origin_unix_ns, 1'795'667'654'123'000'000);
}

TEST(Csv, ColumnsAreFoundByTheirNames) {
  const Folder folder;
  const Read read(folder.write("a.csv", R"(type,name,comment,ts,src,ttl,response_code,flags
AAAA,www.example,"a, quoted ""one""",1700000000.25,10.0.0.1,60,NXDOMAIN,tcp+do
A,www.example,,1700000001.5,fd00::1,,,
)"));
  ASSERT_EQ(read.events.size(), 2U) << read.error;
  EXPECT_EQ(read.text(0), "10.0.0.1 www.example. AAAA");
  EXPECT_EQ(read.events[0].ttl_sec, 60U);
  EXPECT_EQ(read.events[0].rcode, 3);
  EXPECT_EQ(read.events[0].flags, trace::kOverTcp | trace::kDnssecOk);
  EXPECT_EQ(read.events[1].at_ns, 1'250'000'000);
  EXPECT_EQ(read.events[1].ttl_sec, trace::kUnknownTtl);
  EXPECT_EQ(read.source->info().origin_unix_ns, 1'700'000'000'250'000'000);
}

TEST(Csv, WithoutAHeaderTheColumnsAreThoseOfConvert) {
  const Folder folder;
  const Read read(folder.write("a.csv",
                               "0.5,10.0.0.1,a.example,A,IN,30,NOERROR,61,do,glibc\n"
                               "2026-11-26T04:34:14Z,10.0.0.2,b.example,A\n"
                               "x,10.0.0.2,b.example,A\n"
                               "1,10.0.0.2,b.example,A,IN,thirty\n"
                               "1,10.0.0.2,\"b.example,A\n"));
  ASSERT_EQ(read.events.size(), 2U) << read.error;
  EXPECT_EQ(read.events[0].at_ns, 500'000'000);
  EXPECT_EQ(read.events[0].answer_bytes, 61);
  EXPECT_EQ(read.dictionary.client(read.events[0].client).retry, trace::RetryProfile::kGlibc);
  EXPECT_EQ(read.skipped(Skip::kLineBroken), 3U);
  EXPECT_EQ(read.place(Skip::kLineBroken), "line 3");
}

TEST(Csv, AByteOrderMarkIsNoPartOfTheFirstName) {
  const Folder folder;
  const Read read(folder.write("a.csv", "\xef\xbb\xbftime,name\n5,a.example\n7,b.example\n"));
  ASSERT_EQ(read.events.size(), 2U) << read.error;
  EXPECT_EQ(read.events[1].at_ns, 7'000'000'000);
}

TEST(Csv, WithoutAColumnForThemTimesAreMadeUp) {
  const Folder folder;
  trace::OpenOptions options;
  options.rate = 100;
  Read read(folder.write("a.csv", "name,type\na.example,A\nbroken..name,A\nb.example,A\n"), options);
  ASSERT_EQ(read.events.size(), 2U) << read.error;
  EXPECT_EQ(read.events[1].at_ns, 10'000'000);
  EXPECT_FALSE(read.source->info().has_times);
  ASSERT_TRUE(read.source->rewind());
  EXPECT_EQ(samples::all_of(*read.source), read.events);
}

TEST(Csv, WhatIsWrittenIsRead) {
  const Folder folder;
  const Read read(folder.write("a.csv",
                               "1700000000.000000001,10.0.0.1,\"a\\,b.example.\",A,IN,30,NOERROR,61,do,cares\n"
                               "1700000003,fd00::1,b.example.,TYPE999,CH,,,,,\n"));
  ASSERT_EQ(read.events.size(), 2U) << read.error;
  const auto writer = trace::create(folder.path("b.csv"), trace::Format::kCsv, read.dictionary, read.source->info());
  ASSERT_TRUE((*writer)->write(read.events));
  ASSERT_TRUE((*writer)->finish());
  const Read again(folder.path("b.csv"));
  EXPECT_EQ(again.events, read.events);
  EXPECT_EQ(again.text(0), read.text(0));
  EXPECT_EQ(again.text(1), read.text(1));
  EXPECT_EQ(again.source->info().origin_unix_ns, read.source->info().origin_unix_ns);
}

TEST(Dnsperf, LinesHaveMadeUpTimes) {
  const Folder folder;
  trace::OpenOptions options;
  options.rate = 100;
  const Read read(folder.write("q.txt", "# names\nwww.example A\n\n  b.example\tAAAA\n; end\nbroken\n"), options);
  ASSERT_EQ(read.events.size(), 2U) << read.error;
  EXPECT_EQ(read.events[1].at_ns, 10'000'000);
  EXPECT_FALSE(read.source->info().has_times);
  EXPECT_EQ(read.text(1), "0.0.0.0 b.example. AAAA");
  EXPECT_EQ(read.place(Skip::kLineBroken), "line 6");
}

TEST(Text, TimesThatGoBackAreTakenAtTheirPredecessors) {
  const Folder folder;
  const Read read(folder.write("a.csv", "5,10.0.0.1,a.example,A\n4,10.0.0.1,a.example,A\n6,10.0.0.1,a.example,A\n"));
  ASSERT_EQ(read.events.size(), 3U);
  EXPECT_EQ(read.events[1].at_ns, 5'000'000'000);
  EXPECT_EQ(read.place(Skip::kTimeBackwards), "line 2");
}

TEST(Text, ALineLongerThanTheBufferIsOneBrokenLine) {
  const Folder folder;
  const std::string long_line(600'000, 'x');
  const Read read(folder.write("a.csv", "1,10.0.0.1,a.example,A\n" + long_line + "\n2,10.0.0.1,b.example,A"));
  ASSERT_EQ(read.events.size(), 2U) << read.error;
  EXPECT_EQ(read.skipped(Skip::kLineBroken), 1U);
  EXPECT_EQ(read.place(Skip::kLineBroken), "line 2");
}

TEST(Text, ComesAgainAfterRewind) {
  const Folder folder;
  Read read(folder.write("a.csv", "time,client,name\n1700000001,10.0.0.1,a.example\n1700000002,10.0.0.1,b.example\n"));
  ASSERT_EQ(read.events.size(), 2U);
  ASSERT_TRUE(read.source->rewind());
  EXPECT_EQ(samples::all_of(*read.source), read.events);
}

TEST(Open, SaysWhatAFileIsAndWhatToDo) {
  const Folder folder;
  EXPECT_THAT(Read(folder.write("a", "\x1f\x8b\x08")).error, HasSubstr("gunzip"));
  EXPECT_THAT(Read(folder.write("b", std::string(100, '\0'))).error, HasSubstr("no format that is known"));
  EXPECT_THAT(Read(folder.write("c", "")).error, HasSubstr("is empty"));
  EXPECT_THAT(Read(folder.path("none")).error, HasSubstr("No such file"));
  EXPECT_THAT(Read(folder.path("")).error, HasSubstr("is a directory"));
}

}  // namespace
