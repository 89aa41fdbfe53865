// SPDX-License-Identifier: Apache-2.0
// A back end that a test scripts, and answers of all kinds.
#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "dns/types.hpp"
#include "loadgen/backend.hpp"

namespace test {

using Message = std::vector<std::byte>;

inline void put16(Message& message, std::size_t at, unsigned value) {
  message[at] = static_cast<std::byte>(value >> 8U);
  message[at + 1] = static_cast<std::byte>(value);
}
inline unsigned get16(base::Bytes message, std::size_t at) { return base::load_be16(message.data() + at); }

/// The query's header and question as an answer with one A record.
inline Message answer_to(base::Bytes query, dns::Rcode rcode = dns::Rcode::kNoError, std::uint32_t ttl_sec = 60) {
  std::size_t end = dns::kHeaderBytes;
  while (query[end] != std::byte{0}) end += 1 + std::to_integer<std::size_t>(query[end]);
  end += 5;
  Message message(query.begin(), query.begin() + static_cast<std::ptrdiff_t>(end));
  put16(message, 2, 0x8180U | static_cast<unsigned>(rcode));
  put16(message, 10, 0);
  if (rcode == dns::Rcode::kNoError) {
    put16(message, 6, 1);
    for (const unsigned byte : {0xc0U, 0x0cU, 0U, 1U, 0U, 1U, ttl_sec >> 24U, ttl_sec >> 16U, ttl_sec >> 8U, ttl_sec,
                                0U, 4U, 192U, 0U, 2U, 1U}) {
      message.push_back(static_cast<std::byte>(byte));
    }
  }
  return message;
}

class FakeBackend final : public loadgen::Backend {
 public:
  struct Sent {
    base::Instant at;
    std::uint32_t endpoint;
    net::IpAddress source;
    Message message;
  };

  std::size_t send(std::span<const loadgen::Outgoing> batch) noexcept override {
    std::size_t count = 0;
    while (count < batch.size() && room > 0) {
      const loadgen::Outgoing& out = batch[count++];
      --room;
      sent.push_back({now, out.endpoint, out.source, Message(out.message().begin(), out.message().end())});
      if (answer) {
        if (auto reply = answer(sent.back()); !reply.empty()) arrive(out.endpoint, std::move(reply));
      }
    }
    return count;
  }
  std::size_t receive(std::span<loadgen::Incoming> out) noexcept override {
    lent.clear();
    std::size_t count = 0;
    while (count < out.size() && !coming.empty()) {
      lent.push_back(std::move(coming.front()));
      coming.pop_front();
      out[count++] = {lent.back().first, lent.back().second};
    }
    return count;
  }
  void wait(base::Duration) noexcept override {}
  loadgen::BackendStats stats() const override { return {{"fake", 1}}; }

  void arrive(std::uint32_t endpoint, Message message) { coming.emplace_back(endpoint, std::move(message)); }

  base::Instant now;
  std::size_t room = ~std::size_t{0};
  std::vector<Sent> sent;
  std::function<Message(const Sent&)> answer;  // in the same moment; an empty message: none
  std::deque<std::pair<std::uint32_t, Message>> coming;
  std::deque<std::pair<std::uint32_t, Message>> lent;
};

}  // namespace test
