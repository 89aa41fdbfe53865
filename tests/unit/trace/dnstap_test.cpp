// SPDX-License-Identifier: Apache-2.0
// dnstap files: clients' messages count, the resolver's own do not, and damage has its place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "captures.hpp"

namespace {

using samples::answer;
using samples::Folder;
using samples::query;
using samples::Read;
using samples::u32;
using samples::u8;
using testing::HasSubstr;
using trace::Skip;

// Protocol buffers: a field is its number and wire type, then its value.
std::string number(std::uint64_t value) {
  std::string out;
  for (; value > 127; value >>= 7U) out += u8(static_cast<unsigned>(value & 127U) | 128U);
  return out + u8(static_cast<unsigned>(value));
}
std::string field(unsigned tag, std::uint64_t value) { return number(tag * 8U) + number(value); }
std::string field(unsigned tag, const std::string& value) {
  return number(tag * 8U + 2) + number(value.size()) + value;
}
std::string fixed(unsigned tag, std::uint32_t value) { return number(tag * 8U + 5) + samples::le32(value); }

constexpr unsigned kClientQuery = 5;
constexpr unsigned kClientResponse = 6;
constexpr unsigned kForwarderQuery = 7;

std::string tap(unsigned type, const std::string& message, unsigned second, std::uint64_t protocol = 1) {
  std::string body = field(1, type) + field(2, 1) + field(3, protocol) + field(4, samples::address("10.0.0.1")) +
                     field(5, samples::address("10.0.0.53")) + field(6, 4'242) + field(7, 53);
  body += type % 2 == 0 ? field(12, second) + fixed(13, 500) + field(14, message)
                        : field(8, second) + fixed(9, 500) + field(10, message);
  return field(1, std::string("resolver")) + field(14, body) + field(15, 1);
}

/// A file of frames, between START and STOP.
class Tape {
 public:
  Tape() {
    const std::string content = "protobuf:dnstap.Dnstap";
    const std::string start = u32(2) + u32(1) + u32(static_cast<std::uint32_t>(content.size())) + content;
    bytes_ = u32(0) + u32(static_cast<std::uint32_t>(start.size())) + start;
  }
  Tape& add(const std::string& frame) {
    bytes_ += u32(static_cast<std::uint32_t>(frame.size())) + frame;
    return *this;
  }
  std::string stopped() const { return bytes_ + u32(0) + u32(4) + u32(3); }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

TEST(Dnstap, AQuestionHasTheTtlOfItsAnswer) {
  const Folder folder;
  Tape tape;
  tape.add(tap(kClientQuery, query(9, "WWW.example.", 1, true), 1'700'000'000))
      .add(tap(kForwarderQuery, query(4, "www.example.", 1), 1'700'000'000))
      .add(tap(kClientResponse, answer(9, "www.example.", 300), 1'700'000'001))
      .add(tap(kClientQuery, query(10, "b.example.", 28), 1'700'000'003, 2));
  const Read read(folder.write("a.tap", tape.stopped()));
  ASSERT_EQ(read.events.size(), 2U) << read.error;
  EXPECT_EQ(read.source->info().format, trace::Format::kDnstap);
  EXPECT_EQ(read.text(0), "10.0.0.1 www.example. A");
  EXPECT_EQ(read.events[0].ttl_sec, 300U);
  EXPECT_EQ(read.events[0].flags, trace::kDnssecOk);
  EXPECT_EQ(read.events[1].at_ns, 3'000'000'000);
  EXPECT_EQ(read.events[1].flags, trace::kOverTcp);
  EXPECT_EQ(read.skipped(Skip::kUpstream), 1U);
  EXPECT_EQ(read.source->info().origin_unix_ns, 1'700'000'000'000'000'500);
}

TEST(Dnstap, AFileOfAnswersStandsForItsQuestions) {
  const Folder folder;
  Tape tape;
  tape.add(tap(kClientResponse, answer(9, "a.example.", 60), 1'700'000'001))
      .add(tap(kClientResponse, samples::denial(9, "b.example.", 30), 1'700'000'002));
  const Read read(folder.write("a.tap", tape.stopped()));
  ASSERT_EQ(read.events.size(), 2U);
  EXPECT_EQ(read.events[0].ttl_sec, 60U);
  EXPECT_EQ(read.events[1].ttl_sec, 30U);
  EXPECT_EQ(read.events[1].rcode, 3);
}

TEST(Dnstap, AFileThatWasNotClosedIsRead) {
  const Folder folder;
  Tape tape;
  tape.add(tap(kClientQuery, query(9, "a.example.", 1), 1'700'000'000));
  const Read whole(folder.write("a.tap", tape.bytes()));
  EXPECT_EQ(whole.events.size(), 1U);
  tape.add(tap(kClientQuery, query(9, "b.example.", 1), 1'700'000'000));
  const Read cut(folder.write("b.tap", std::string_view(tape.bytes()).substr(0, tape.bytes().size() - 4)));
  EXPECT_EQ(cut.events.size(), 1U);
  EXPECT_EQ(cut.skipped(Skip::kFileCut), 1U);
  EXPECT_THAT(cut.place(Skip::kFileCut), HasSubstr("frame 2"));
}

TEST(Dnstap, FramesThatDoNotParseAreCounted) {
  const Folder folder;
  Tape tape;
  tape.add("\xff\xff\xff\xff").add(field(14, field(1, 5)) + field(15, 1)).add(field(15, 1));
  tape.add(tap(kClientQuery, "short", 1'700'000'000));
  const Read read(folder.write("a.tap", tape.stopped()));
  EXPECT_EQ(read.events.size(), 0U);
  EXPECT_EQ(read.skipped(Skip::kFrameBroken), 2U);
  EXPECT_EQ(read.place(Skip::kFrameBroken), "frame 1");
  EXPECT_EQ(read.place(Skip::kNotQuery), "frame 3");
  EXPECT_THAT(read.place(Skip::kMessageBroken), HasSubstr("frame 4"));
}

TEST(Dnstap, OtherContentIsRefused) {
  const Folder folder;
  std::string bytes = Tape().stopped();
  bytes.replace(bytes.find("dnstap.Dnstap"), 6, "radius");
  EXPECT_THAT(Read(folder.write("a.tap", bytes)).error, HasSubstr("protobuf:dnstap.Dnstap"));
}

TEST(Dnstap, ComesAgainAfterRewind) {
  const Folder folder;
  Tape tape;
  for (unsigned i = 0; i < 20; ++i) tape.add(tap(kClientQuery, query(i, "a.example.", 1), 1'700'000'000 + i));
  Read read(folder.write("a.tap", tape.stopped()));
  ASSERT_EQ(read.events.size(), 20U);
  ASSERT_TRUE(read.source->rewind());
  EXPECT_EQ(samples::all_of(*read.source), read.events);
}

}  // namespace
