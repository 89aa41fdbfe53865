// SPDX-License-Identifier: Apache-2.0
// Our own format: what is written is what is read, damage is passed over, and an index leads to a time.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "samples.hpp"
#include "trace/workload.hpp"
#include "trace/writer.hpp"

namespace {

using samples::Folder;
using samples::Read;
using testing::HasSubstr;
using trace::Event;
using trace::Skip;

struct Written {
  Written(const Folder& folder, std::string_view name, std::uint64_t queries, std::uint64_t seed = 1)
      : path(folder.path(name)) {
    trace::Workload workload = *trace::preset("isp");
    workload.queries = queries;
    workload.seed = seed;
    auto source = trace::make(workload, dictionary);
    trace::Info info = (*source)->info();
    info.origin_unix_ns = 1'700'000'000'000'000'000;
    auto writer = trace::create(path, trace::Format::kStrc, dictionary, info);
    EXPECT_TRUE(writer);
    events = samples::all_of(**source, 1'000);
    EXPECT_TRUE((*writer)->write(events));
    EXPECT_TRUE((*writer)->finish());
  }
  std::string path;
  trace::Dictionary dictionary;
  std::vector<Event> events;
};

/// The same questions, whatever their numbers.
void expect_same(const Written& written, const Read& read, std::size_t from = 0) {
  ASSERT_EQ(read.events.size() + from, written.events.size()) << read.error;
  for (std::size_t i = 0; i < read.events.size(); ++i) {
    Event wanted = written.events[i + from];
    Event got = read.events[i];
    const trace::Question question = written.dictionary.question(wanted.question);
    const trace::Question same = read.dictionary.question(got.question);
    ASSERT_TRUE(std::ranges::equal(question.qname, same.qname)) << i;
    ASSERT_EQ(question.qtype, same.qtype);
    ASSERT_EQ(written.dictionary.client(wanted.client).address, read.dictionary.client(got.client).address);
    ASSERT_EQ(written.dictionary.client(wanted.client).retry, read.dictionary.client(got.client).retry);
    wanted.question = got.question = wanted.client = got.client = 0;
    ASSERT_EQ(wanted, got) << i;
  }
}

constexpr std::uint64_t kThreeBlocks = 150'000;  // of 65,536 events

TEST(Strc, WhatIsWrittenIsRead) {
  const Folder folder;
  const Written written(folder, "a.strc", kThreeBlocks);
  const Read read(written.path);
  expect_same(written, read);
  EXPECT_EQ(read.source->info().origin_unix_ns, 1'700'000'000'000'000'000);
  EXPECT_EQ(read.source->info().events, kThreeBlocks);
  EXPECT_EQ(read.source->skips().text(), "");
}

TEST(Strc, TheSameEventsAreTheSameOctets) {
  const Folder folder;
  const Written first(folder, "a.strc", 5'000);
  const Written again(folder, "b.strc", 5'000);
  EXPECT_EQ(samples::read_file(first.path), samples::read_file(again.path));
}

TEST(Strc, ATraceWithoutEventsIsAFileToo) {
  const Folder folder;
  const trace::Dictionary dictionary;
  const auto writer = trace::create(folder.path("a.strc"), trace::Format::kStrc, dictionary, {});
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->finish());
  const Read read(folder.path("a.strc"));
  EXPECT_EQ(read.error, "");
  EXPECT_EQ(read.events.size(), 0U);
  EXPECT_EQ(read.source->skips().text(), "");
}

TEST(Strc, ComesAgainAfterRewind) {
  const Folder folder;
  const Written written(folder, "a.strc", kThreeBlocks);
  Read read(written.path);
  const std::uint32_t questions = read.dictionary.questions();
  ASSERT_TRUE(read.source->rewind());
  EXPECT_EQ(samples::all_of(*read.source, 1'000), read.events);
  EXPECT_EQ(read.dictionary.questions(), questions);
}

TEST(Strc, AWindowOfTimeIsWhatLiesWithin) {
  const Folder folder;
  const Written written(folder, "a.strc", kThreeBlocks);
  for (const std::size_t first : {std::size_t{1}, std::size_t{65'536}, std::size_t{140'000}}) {
    trace::OpenOptions options;
    options.from_ns = written.events[first].at_ns;
    options.to_ns = written.events[first + 500].at_ns;
    const Read read(written.path, options);
    ASSERT_FALSE(read.events.empty());
    EXPECT_EQ(read.events.front().at_ns, options.from_ns);
    EXPECT_LT(read.events.back().at_ns, options.to_ns);
    EXPECT_GE(read.events.size(), 490U);
  }
}

TEST(Strc, NothingStandsUnderTheNameUntilAllIsWritten) {
  const Folder folder;
  const trace::Dictionary dictionary;
  {
    const auto writer = trace::create(folder.path("a.strc"), trace::Format::kStrc, dictionary, {});
    ASSERT_TRUE(writer);
    EXPECT_FALSE(std::filesystem::exists(folder.path("a.strc")));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path("")));
}

TEST(Strc, ACutFileIsReadUpToTheCut) {
  const Folder folder;
  const Written written(folder, "a.strc", kThreeBlocks);
  const std::string whole = samples::read_file(written.path);
  const Read read(folder.write("cut.strc", std::string_view(whole).substr(0, whole.size() * 2 / 3)));
  EXPECT_EQ(read.error, "");
  EXPECT_GE(read.events.size(), 65'536U);
  EXPECT_LT(read.events.size(), kThreeBlocks);
  EXPECT_EQ(read.skipped(Skip::kFileCut), 1U);
  EXPECT_THAT(read.place(Skip::kFileCut), HasSubstr("offset "));
}

TEST(Strc, ABrokenBlockCostsItsEventsAndNoOthers) {
  const Folder folder;
  const Written written(folder, "a.strc", kThreeBlocks);
  std::string bytes = samples::read_file(written.path);
  // The first block of events, behind the questions and clients of its own.
  const std::size_t events_at = bytes.find("EVNT");
  ASSERT_NE(events_at, std::string::npos);
  bytes[events_at + 500] = static_cast<char>(bytes[events_at + 500] ^ 1);
  const Read read(folder.write("broken.strc", bytes));
  EXPECT_EQ(read.events.size(), kThreeBlocks - 65'536);
  EXPECT_EQ(read.skipped(Skip::kBlockBroken), 1U);
  EXPECT_EQ(read.place(Skip::kBlockBroken), "offset " + std::to_string(events_at));
}

TEST(Strc, ABlockWhoseHeaderMakesNoSenseIsPassedOverByTheIndex) {
  const Folder folder;
  const Written written(folder, "a.strc", kThreeBlocks);
  std::string bytes = samples::read_file(written.path);
  const std::size_t events_at = bytes.find("EVNT");
  bytes[events_at + 16] = bytes[events_at + 17] = bytes[events_at + 18] = bytes[events_at + 19] = '\xff';
  const Read read(folder.write("broken.strc", bytes));
  EXPECT_EQ(read.events.size(), kThreeBlocks - 65'536);
}

TEST(Strc, EventsWhoseQuestionsAreLostGo) {
  const Folder folder;
  const Written written(folder, "a.strc", kThreeBlocks);
  std::string bytes = samples::read_file(written.path);
  const std::size_t questions_at = bytes.find("QSTN");
  bytes[questions_at + 100] = static_cast<char>(bytes[questions_at + 100] ^ 1);
  const Read read(folder.write("broken.strc", bytes));
  EXPECT_EQ(read.error, "");
  EXPECT_GT(read.skipped(Skip::kBlockBroken), 65'536U);
  EXPECT_LT(read.events.size(), kThreeBlocks - 65'536);
  EXPECT_GT(read.events.size(), 0U);  // questions of later blocks
}

TEST(Strc, AnotherVersionIsRefusedBySayingWhich) {
  const Folder folder;
  const Written written(folder, "a.strc", 100);
  std::string bytes = samples::read_file(written.path);
  bytes[8] = 9;
  const Read read(folder.write("new.strc", bytes));
  EXPECT_THAT(read.error, HasSubstr("has version 9 of the format; this program reads version 1"));
}

}  // namespace
