// SPDX-License-Identifier: Apache-2.0
// Each kind of wrong answer is refused, and a right one is not.
#include "loadgen/verify.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "dns/text.hpp"
#include "fake_backend.hpp"

namespace {

using loadgen::Checked;
using loadgen::Expectation;
using loadgen::Wrong;
using test::answer_to;
using test::Message;

Message query_for(std::string_view name) {
  dns::NameWire room;
  const base::Bytes wire = dns::name_from_text(name, room);
  Message message(dns::kHeaderBytes + wire.size() + 4);
  test::put16(message, 0, 0x1234);
  test::put16(message, 2, dns::kFlagRd);
  test::put16(message, 4, 1);
  std::copy(wire.begin(), wire.end(), message.begin() + dns::kHeaderBytes);
  test::put16(message, message.size() - 4, 1);  // A
  test::put16(message, message.size() - 2, 1);  // IN
  return message;
}

class Verification : public testing::Test {
 protected:
  Checked check(const Message& message) { return verifier_.check(message, expected_); }

  Message query_ = query_for("wWw.eXample");
  Expectation expected_{base::Bytes(query_).subspan(dns::kHeaderBytes), std::nullopt, 0};
  Message right_ = answer_to(query_);

 private:
  loadgen::Verifier verifier_;
};

TEST_F(Verification, ARightAnswerPasses) {
  const Checked checked = check(right_);
  EXPECT_FALSE(checked.wrong);
  EXPECT_EQ(checked.rcode, dns::Rcode::kNoError);
  EXPECT_FALSE(checked.truncated);
}

TEST_F(Verification, TruncationAndRcodeAreTold) {
  Message truncated = answer_to(query_, dns::Rcode::kServFail);
  test::put16(truncated, 2, 0x8382);
  EXPECT_TRUE(check(truncated).truncated);
  EXPECT_EQ(check(truncated).rcode, dns::Rcode::kServFail);
  EXPECT_FALSE(check(truncated).wrong);
}

TEST_F(Verification, AQueryIsNoAnswer) {
  test::put16(right_, 2, 0x0180);
  EXPECT_EQ(check(right_).wrong, Wrong::kNotResponse);
}

TEST_F(Verification, AnotherOpcodeIsNoAnswer) {
  test::put16(right_, 2, 0xa180);
  EXPECT_EQ(check(right_).wrong, Wrong::kOpcode);
}

TEST_F(Verification, AnotherNameIsNoAnswer) {
  EXPECT_EQ(check(answer_to(query_for("wWw.eXamplf"))).wrong, Wrong::kQuestion);
  EXPECT_EQ(check(answer_to(query_for("wWw.eXample.org"))).wrong, Wrong::kQuestion);
}

// Letters come back as they were sent: clients that randomise them depend on it.
TEST_F(Verification, TheSameNameInOtherLettersIsNoAnswer) {
  EXPECT_EQ(check(answer_to(query_for("www.example"))).wrong, Wrong::kQuestion);
}

TEST_F(Verification, AnotherTypeOrClassIsNoAnswer) {
  for (const std::size_t from_end : {4U, 2U}) {
    Message other = query_;
    test::put16(other, other.size() - from_end, 28);
    EXPECT_EQ(check(answer_to(other)).wrong, Wrong::kQuestion);
  }
}

TEST_F(Verification, AnAnswerWithoutQuestionIsNoAnswer) {
  Message bare(right_.begin(), right_.begin() + dns::kHeaderBytes);
  test::put16(bare, 4, 0);
  test::put16(bare, 6, 0);
  EXPECT_EQ(check(bare).wrong, Wrong::kQuestion);
}

TEST_F(Verification, EveryCutIsNoticed) {
  for (std::size_t size = 0; size < right_.size(); ++size) {
    EXPECT_TRUE(check(Message(right_.begin(), right_.begin() + static_cast<std::ptrdiff_t>(size))).wrong) << size;
  }
}

TEST_F(Verification, BytesBehindTheLastRecordAreMalformed) {
  right_.push_back(std::byte{0});
  EXPECT_EQ(check(right_).wrong, Wrong::kMalformed);
}

TEST_F(Verification, TtlsAreHeldAgainstTheRange) {
  expected_.ttl = loadgen::TtlRange{1, 60};
  EXPECT_FALSE(check(answer_to(query_, dns::Rcode::kNoError, 1)).wrong);
  EXPECT_FALSE(check(answer_to(query_, dns::Rcode::kNoError, 60)).wrong);
  EXPECT_EQ(check(answer_to(query_, dns::Rcode::kNoError, 0)).wrong, Wrong::kTtl);
  EXPECT_EQ(check(answer_to(query_, dns::Rcode::kNoError, 61)).wrong, Wrong::kTtl);
}

TEST_F(Verification, AnUnexpectedRcodeIsWrongWhereSomeAreExpected) {
  expected_.rcodes = loadgen::rcode_bits({dns::Rcode::kNoError, dns::Rcode::kNxDomain});
  EXPECT_FALSE(check(answer_to(query_, dns::Rcode::kNxDomain)).wrong);
  EXPECT_EQ(check(answer_to(query_, dns::Rcode::kServFail)).wrong, Wrong::kRcode);
}

}  // namespace
