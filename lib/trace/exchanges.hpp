// SPDX-License-Identifier: Apache-2.0
// Matches questions with their answers in a stream of messages: each pair becomes an Event.
//
// An event leaves in the order of the questions, as soon as its answer is known or kClientTimeout has passed. A question that
// comes again before its answer (same client, port, ID, question) is an event of its own, a repeat, and both get the answer.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <unordered_map>

#include "base/random.hpp"
#include "dns/response.hpp"
#include "trace/dictionary.hpp"
#include "trace/event.hpp"
#include "trace/skips.hpp"

namespace trace {

/// A message as a reader has it.
struct Message {
  std::int64_t at_ns = 0;
  net::IpAddress client;
  std::uint16_t client_port = 0;
  bool over_tcp = false;
  bool may_stand_alone = false;  // an answer without its question also becomes an event
  base::Bytes bytes;
};

class Exchanges {
 public:
  enum class Took : std::uint8_t { kYes, kFull };  // kFull: the dictionary is

  Exchanges(Dictionary& dictionary, Skips& skips, std::string_view unit)
      : dictionary_(dictionary), skips_(skips), unit_(unit), scratch_(std::make_unique<dns::ResponseScratch>()) {}

  /// `place` counts in the unit given at creation. The QR bit distinguishes questions from answers.
  [[nodiscard]] Took take(const Message& message, std::uint64_t place);
  /// Events that are ready, or all: at the end of the trace.
  [[nodiscard]] std::size_t drain(std::span<Event> out, bool all);
  [[nodiscard]] bool is_empty() const noexcept { return open_.empty(); }
  void clear();

 private:
  struct Key {
    std::uint32_t question = 0;
    std::uint32_t client = 0;
    std::uint16_t port = 0;
    std::uint16_t id = 0;
    friend bool operator==(const Key&, const Key&) noexcept = default;
  };
  struct HashKey {
    std::size_t operator()(const Key& key) const noexcept {
      return base::mix(base::mix(std::uint64_t{key.question} << 32U | key.client) ^
                       (std::uint64_t{key.port} << 16U | key.id));
    }
  };
  struct Open {
    Event event;
    Key key;
    std::uint64_t before = 0;  // 1 + number of the same question's last try, 0: none
    bool is_answered = false;
  };

  [[nodiscard]] Took take_query(const Message& message, std::uint64_t place);
  [[nodiscard]] Took take_response(const Message& message, std::uint64_t place);
  void adopt(const Message& message, const dns::ResponseView& response, Key key, std::uint64_t place);
  [[nodiscard]] std::int64_t in_order(std::int64_t at_ns, std::uint64_t place);
  void answer(std::uint64_t number, const dns::ResponseView& response, std::size_t bytes);

  Dictionary& dictionary_;
  Skips& skips_;
  std::string_view unit_;
  std::unique_ptr<dns::ResponseScratch> scratch_;
  std::deque<Open> open_;
  std::uint64_t first_ = 0;  // number of the deque's front
  std::unordered_map<Key, std::uint64_t, HashKey> waiting_;
  std::int64_t last_ns_ = 0;  // of the latest question
  std::int64_t now_ns_ = 0;   // of the latest message
};

}  // namespace trace
