// SPDX-License-Identifier: Apache-2.0
// Reassembly with bounds.
#include "tcp_streams.hpp"

#include <cstring>

#include "base/random.hpp"

namespace trace {
namespace {

constexpr std::size_t kMostStreams = 100'000;
constexpr std::size_t kMostEarlyBytes = 256 * 1'024;
constexpr std::size_t kLengthBytes = 2;

}  // namespace

std::size_t TcpStreams::HashEnds::operator()(const Ends& ends) const noexcept {
  std::array<std::uint64_t, 4> words{};
  std::memcpy(words.data(), ends.source.octets().data(), 16);
  std::memcpy(words.data() + 2, ends.destination.octets().data(), 16);
  std::uint64_t hash = std::uint64_t{ends.source_port} << 16U | ends.destination_port;
  for (const std::uint64_t word : words) hash = base::mix(hash ^ word);
  return hash;
}

void TcpStreams::give_up(Stream& stream, std::uint64_t place) {
  skips_.note(Skip::kStreamGap, "packet", place);
  stream = {};
  stream.is_lost = true;
}

TcpStreams::Stream* TcpStreams::follow(const Packet& packet, std::uint64_t place) {
  if (packet.syn) {
    if (streams_.size() >= kMostStreams) streams_.erase(streams_.begin());
    Stream& stream = streams_[packet.ends];
    stream = {};
    stream.next = stream.begin = packet.sequence + 1;
    append(stream, packet.sequence + 1, packet.payload);  // TCP fast open
    return &stream;
  }
  const auto found = streams_.find(packet.ends);
  if (found == streams_.end()) {
    const bool one_message = packet.payload.size() > kLengthBytes &&
                             base::load_be16(packet.payload.data()) == packet.payload.size() - kLengthBytes;
    if (!one_message) {
      if (!packet.payload.empty()) skips_.note(Skip::kStreamGap, "packet", place, "its beginning was not captured");
      return nullptr;
    }
    if (streams_.size() >= kMostStreams) streams_.erase(streams_.begin());
    Stream& stream = streams_[packet.ends];
    stream.next = stream.begin = packet.sequence;
    append(stream, packet.sequence, packet.payload);
    return &stream;
  }
  Stream& stream = found->second;
  if (stream.is_lost) {
    if (packet.fin_or_rst) streams_.erase(found);
    return nullptr;
  }
  append(stream, packet.sequence, packet.payload);
  if (stream.early_bytes > kMostEarlyBytes || (packet.fin_or_rst && !stream.early.empty())) {
    give_up(stream, place);
    if (packet.fin_or_rst) streams_.erase(found);
    return nullptr;
  }
  return &stream;
}

void TcpStreams::append(Stream& stream, std::uint32_t sequence, base::Bytes bytes) {
  if (bytes.empty()) return;
  const auto ahead = static_cast<std::int32_t>(sequence - stream.next);
  if (ahead > 0) {
    auto [at, is_new] = stream.early.try_emplace(sequence - stream.begin, bytes.begin(), bytes.end());
    if (is_new) stream.early_bytes += bytes.size();
    return;
  }
  const auto known = static_cast<std::size_t>(-static_cast<std::int64_t>(ahead));
  if (known >= bytes.size()) return;  // seen
  const base::Bytes fresh = bytes.subspan(known);
  stream.bytes.insert(stream.bytes.end(), fresh.begin(), fresh.end());
  stream.next += static_cast<std::uint32_t>(fresh.size());
  take_early(stream);
}

void TcpStreams::take_early(Stream& stream) {
  while (!stream.early.empty()) {
    const auto first = stream.early.begin();
    const std::uint32_t sequence = first->first + stream.begin;
    if (static_cast<std::int32_t>(sequence - stream.next) > 0) return;
    const std::vector<std::byte> bytes = std::move(first->second);
    stream.early.erase(first);
    stream.early_bytes -= bytes.size();
    const std::size_t known = stream.next - sequence;
    if (known >= bytes.size()) continue;
    stream.bytes.insert(stream.bytes.end(), bytes.begin() + static_cast<std::ptrdiff_t>(known), bytes.end());
    stream.next += static_cast<std::uint32_t>(bytes.size() - known);
  }
}

base::Bytes TcpStreams::next_message(Stream& stream) noexcept {
  while (true) {
    const base::Bytes left = base::Bytes(stream.bytes).subspan(stream.used);
    if (left.size() < kLengthBytes) return {};
    const std::size_t size = base::load_be16(left.data());
    if (left.size() < kLengthBytes + size) return {};
    stream.used += kLengthBytes + size;
    if (size != 0) return left.subspan(kLengthBytes, size);
  }
}

void TcpStreams::forget_used(Stream& stream) {
  stream.bytes.erase(stream.bytes.begin(), stream.bytes.begin() + static_cast<std::ptrdiff_t>(stream.used));
  stream.used = 0;
}

}  // namespace trace
