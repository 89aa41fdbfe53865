// SPDX-License-Identifier: Apache-2.0
/// @file client_records.hpp – reports queries, misses and replies to the top-k recorder.
///
/// Purpose    the one place that translates a query or a waiter into the recorder's samples.
/// Threads    the recorder's owner.
/// Cost       a sampling decision per query; nothing while the recorder is off or missing.
#pragma once

#include <cstddef>
#include <cstdint>

#include "answer/query.hpp"
#include "base/instant.hpp"
#include "cache/cache.hpp"
#include "coalesce/waiter.hpp"
#include "dns/question_key.hpp"
#include "topk/recorder.hpp"

namespace answer {

class ClientRecords {
 public:
  /// `recorder` may be null: nothing is recorded.
  explicit ClientRecords(topk::Recorder* recorder) noexcept : recorder_(recorder) {}

  /// At the start of a turn.
  void begin(base::Instant now, const topk::Settings& settings, base::Bytes zone_suffixes) noexcept {
    if (recorder_ != nullptr) recorder_->begin(now, settings, zone_suffixes);
  }
  /// Once for each query that was parsed, after its last step.
  void query(const Query& query) noexcept {
    if (!is_on()) return;
    const std::uint32_t queries = recorder_->samples_query();
    if (queries != 0) sample_query(query, queries);
    const std::uint64_t bytes = recorder_->samples_bytes(query.reply_bytes);
    if (bytes != 0) sample_bytes(query, bytes);
  }
  void miss(const Query& query) noexcept {
    if (is_on()) sample_miss(query);
  }
  /// A miss that its client may not ask upstream.
  void held(const Query& query) noexcept {
    if (is_on()) recorder_->held(query.flow->source);
  }
  /// The reply to a waiter; `entry` is the answer, null for an error.
  void waiter(const coalesce::Waiter& waiter, dns::KeyView key, const cache::Entry* entry,
              std::size_t message_bytes) noexcept;

 private:
  [[nodiscard]] bool is_on() const noexcept { return recorder_ != nullptr && recorder_->is_on(); }
  void sample_query(const Query& query, std::uint32_t weight) noexcept;
  void sample_miss(const Query& query) noexcept;
  void sample_bytes(const Query& query, std::uint64_t weight) noexcept;

  topk::Recorder* recorder_;
};

}  // namespace answer
