// SPDX-License-Identifier: Apache-2.0
// TCP segments to the DNS messages in them. Simple streams: in order, repeated, or with a few segments swapped. One with
// a piece missing is given up until its next SYN; one that was open when the capture began is taken up where a segment
// holds exactly one message.
#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "packet.hpp"

namespace trace {

class TcpStreams {
 public:
  explicit TcpStreams(Skips& skips) : skips_(skips) {}

  /// Calls found(message) for each that a segment completes.
  template <class Found>
  void take(const Packet& packet, std::uint64_t place, Found&& found) {
    Stream* const stream = follow(packet, place);
    if (stream == nullptr) return;
    while (true) {
      const base::Bytes message = next_message(*stream);
      if (message.empty()) break;
      found(message);
    }
    forget_used(*stream);
    if (packet.fin_or_rst) streams_.erase(packet.ends);
  }
  void clear() { streams_.clear(); }

 private:
  struct Stream {
    std::uint32_t next = 0;  // sequence number of the octet behind `bytes`
    bool is_lost = false;    // until the next SYN
    std::vector<std::byte> bytes;
    std::size_t used = 0;
    std::map<std::uint32_t, std::vector<std::byte>> early;  // by distance from where the stream began
    std::uint32_t begin = 0;
    std::size_t early_bytes = 0;
  };
  struct HashEnds {
    std::size_t operator()(const Ends& ends) const noexcept;
  };

  [[nodiscard]] Stream* follow(const Packet& packet, std::uint64_t place);
  void append(Stream& stream, std::uint32_t sequence, base::Bytes bytes);
  void take_early(Stream& stream);
  [[nodiscard]] static base::Bytes next_message(Stream& stream) noexcept;
  static void forget_used(Stream& stream);
  void give_up(Stream& stream, std::uint64_t place);

  Skips& skips_;
  std::unordered_map<Ends, Stream, HashEnds> streams_;
};

}  // namespace trace
