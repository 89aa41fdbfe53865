// SPDX-License-Identifier: Apache-2.0
#include "dns/stream.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>

namespace dns {
namespace {

using ::testing::ElementsAre;
using std::string_view_literals::operator""sv;

std::string text_of(base::Bytes bytes) {
  std::string text;
  for (const std::byte octet : bytes) text.push_back(static_cast<char>(octet));
  return text;
}

// All events of `stream` handed over in pieces of `piece` octets, messages as their text.
std::vector<std::string> events(StreamFramer& framer, std::string_view stream, std::size_t piece) {
  std::vector<std::string> seen;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    base::Bytes chunk = base::as_bytes_of(stream.data() + at, std::min(piece, stream.size() - at));
    while (!chunk.empty()) {
      const StreamStep step = framer.next(chunk);
      if (step.event == StreamEvent::kMessage) seen.push_back(text_of(step.message));
      if (step.event == StreamEvent::kEmpty) seen.emplace_back("(empty)");
      if (step.event == StreamEvent::kOversize) seen.emplace_back("(oversize)");
    }
  }
  return seen;
}

struct Framer {
  std::array<std::byte, 8> room{};
  StreamFramer framer{room};
};

// RFC 7766 §8: the length and the message may arrive cut anywhere.
TEST(DnsStream, MessagesAreTheSameHoweverTheStreamIsCut) {
  constexpr auto kStream = "\0\3abc\0\1d\0\10eightoct"sv;
  for (std::size_t piece = 1; piece <= kStream.size(); ++piece) {
    Framer f;
    EXPECT_THAT(events(f.framer, kStream, piece), ElementsAre("abc", "d", "eightoct")) << piece;
  }
}

TEST(DnsStream, EmptyMessageIsToldAndTheNextOneFollows) {
  Framer f;
  EXPECT_THAT(events(f.framer, "\0\0\0\2ab"sv, 3), ElementsAre("(empty)", "ab"));
}

TEST(DnsStream, OversizeMessageIsToldOnceAndPassedOver) {
  constexpr auto kStream = "\0\11ninebytes\0\2ab"sv;
  for (std::size_t piece = 1; piece <= kStream.size(); ++piece) {
    Framer f;
    EXPECT_THAT(events(f.framer, kStream, piece), ElementsAre("(oversize)", "ab")) << piece;
  }
}

TEST(DnsStream, OversizeIsToldByItsLengthAlone) {
  Framer f;
  EXPECT_THAT(events(f.framer, "\1\0"sv, 1), ElementsAre("(oversize)"));
  EXPECT_FALSE(f.framer.is_between_messages());
}

TEST(DnsStream, CutStreamIsNotBetweenMessages) {
  Framer f;
  EXPECT_TRUE(f.framer.is_between_messages());
  EXPECT_THAT(events(f.framer, "\0"sv, 1), ElementsAre());
  EXPECT_FALSE(f.framer.is_between_messages());
  EXPECT_THAT(events(f.framer, "\3ab"sv, 1), ElementsAre());
  EXPECT_FALSE(f.framer.is_between_messages());
  EXPECT_THAT(events(f.framer, "c"sv, 1), ElementsAre("abc"));
  EXPECT_TRUE(f.framer.is_between_messages());
}

TEST(DnsStream, NextStreamStartsAnew) {
  Framer f;
  EXPECT_THAT(events(f.framer, "\0\3a"sv, 4), ElementsAre());
  f.framer.reset();
  EXPECT_THAT(events(f.framer, "\0\2xy"sv, 4), ElementsAre("xy"));
}

}  // namespace
}  // namespace dns
