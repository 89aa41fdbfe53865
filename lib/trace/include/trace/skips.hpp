// SPDX-License-Identifier: Apache-2.0
/// @file skips.hpp – what a reader passed over, how often, and where.
///
/// Purpose    a trace with damage is read as far as it goes; nothing is lost silently.
/// Threads    one writer.
/// Cost       noting: an addition, and a text for the first few places of each kind.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace trace {

/// Kind, words for a person, and whether it is damage (or just nothing for us).
#define TRACE_SKIPS(X)                                                                                     \
  X(kFileCut, "file_cut", "the file ends within a record", kDamage)                                        \
  X(kRestUnread, "rest_unread", "a record that cannot be read, and with it the rest of the file", kDamage) \
  X(kBlockBroken, "block_broken", "a block whose checksum or structure is wrong", kDamage)                 \
  X(kLinkType, "link_type", "packets of a link type that is not read", kDamage)                            \
  X(kPacketCut, "packet_cut", "packets that the capture cut short", kDamage)                               \
  X(kHeadersBroken, "headers_broken", "packets whose headers contradict themselves", kDamage)              \
  X(kFragment, "fragment", "IP fragments", kDamage)                                                        \
  X(kStreamGap, "stream_gap", "TCP streams with a piece missing", kDamage)                                 \
  X(kMessageBroken, "message_broken", "DNS messages that do not parse", kDamage)                           \
  X(kLineBroken, "line_broken", "lines that do not parse", kDamage)                                        \
  X(kNameBroken, "name_broken", "names that are none", kDamage)                                            \
  X(kTimeBackwards, "time_backwards", "events earlier than their predecessor: taken at its time", kDamage) \
  X(kFrameBroken, "frame_broken", "dnstap frames that do not parse", kDamage)                              \
  X(kNotDns, "not_dns", "packets that are not DNS", kOther)                                                \
  X(kNotQuery, "not_query", "DNS messages that are not ordinary questions", kOther)                        \
  X(kNoQuestion, "no_question", "answers whose question was not seen", kOther)                             \
  X(kOtherServer, "other_server", "questions to other servers", kOther)                                    \
  X(kOtherLine, "other_line", "log lines about other things", kOther)                                      \
  X(kUpstream, "upstream", "messages between resolver and upstream", kOther)                               \
  X(kLongGap, "long_gap", "gaps of more than 15 days: cut to that, which no answer outlives", kOther)

enum class Skip : std::uint8_t {
#define TRACE_SKIP(kind, name, words, sort) kind,
  TRACE_SKIPS(TRACE_SKIP)
#undef TRACE_SKIP
      kCount
};
inline constexpr auto kSkips = static_cast<std::size_t>(Skip::kCount);

enum class SkipSort : std::uint8_t { kDamage, kOther };

class Skips {
 public:
  static constexpr std::size_t kPlaces = 3;

  struct Entry {
    std::uint64_t count = 0;
    std::vector<std::string> places;  // of the first few: "packet 17", "line 3", "offset 1024"
  };

  /// `unit` is what `place` counts: "packet", "line", "offset". `detail` may say more.
  void note(Skip kind, std::string_view unit, std::uint64_t place, std::string_view detail = {});
  [[nodiscard]] const Entry& of(Skip kind) const noexcept { return entries_[static_cast<std::size_t>(kind)]; }
  [[nodiscard]] std::uint64_t damage() const noexcept;
  /// One line for each kind that there is; empty when nothing was passed over.
  [[nodiscard]] std::string text() const;

 private:
  std::array<Entry, kSkips> entries_;
};

[[nodiscard]] std::string_view skip_name(Skip kind) noexcept;   // for JSON
[[nodiscard]] std::string_view skip_words(Skip kind) noexcept;  // for people
[[nodiscard]] SkipSort skip_sort(Skip kind) noexcept;

}  // namespace trace
