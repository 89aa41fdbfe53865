// SPDX-License-Identifier: Apache-2.0
/// @file engine.hpp – the open loop: sends what is due, receives answers, retries, times out.
///
/// Purpose    sends each query at its due moment, or at once when that has passed, and records how late it was. The
///            server never delays a query. Latency is measured from the due moment.
/// Threads    one.
/// Ownership  borrows the back end; allocates all memory at creation, none in the loop.
/// Cost       about half a microsecond a question besides the back end.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "base/fixed_vector.hpp"
#include "base/instant.hpp"
#include "base/random.hpp"
#include "diag/result.hpp"
#include "loadgen/arrivals.hpp"
#include "loadgen/backend.hpp"
#include "loadgen/name_source.hpp"
#include "loadgen/query_table.hpp"
#include "loadgen/stats.hpp"
#include "loadgen/stream.hpp"
#include "loadgen/verify.hpp"

namespace loadgen {

struct RunSpec {
  std::vector<StreamSpec> streams;      // 1 … kMaxStreams
  std::vector<net::IpAddress> sources;  // of the clients of streams without their own; empty: the kernel's choice
  std::uint64_t seed = 1;
  std::uint32_t max_open = 0;  // outstanding queries at most; 0: what rates and client timeouts need
};

/// The ports of all clients of all streams, in the order of their numbers; sets StreamSpec::ports where it is 0.
[[nodiscard]] diag::Result<std::vector<Endpoint>> plan_endpoints(RunSpec& run);

class Engine {
 public:
  /// `run` has been through plan_endpoints(), and `backend` serves those endpoints.
  [[nodiscard]] static diag::Result<std::unique_ptr<Engine>> create(const RunSpec& run, Backend& backend);

  void begin(base::Instant now) noexcept { begin_ = now; }
  /// Runs one turn and returns when the next one is due, which may be now.
  [[nodiscard]] base::Instant step(base::Instant now) noexcept;
  [[nodiscard]] bool finished() const noexcept;
  /// Stops sending; outstanding queries stay open.
  void interrupt() noexcept { interrupted_ = true; }

  [[nodiscard]] bool interrupted() const noexcept { return interrupted_; }
  [[nodiscard]] base::Instant began() const noexcept { return begin_; }
  [[nodiscard]] std::size_t streams() const noexcept { return streams_.size(); }
  [[nodiscard]] const StreamSpec& spec(std::size_t stream) const noexcept { return streams_[stream].spec; }
  [[nodiscard]] const StreamStats& stats(std::size_t stream) const noexcept { return streams_[stream].stats; }
  [[nodiscard]] const Spread& lateness() const noexcept { return lateness_; }
  [[nodiscard]] std::span<const WrongExample> wrong_examples() const noexcept { return examples_.span(); }
  [[nodiscard]] std::uint32_t open_now() const noexcept { return waiting_; }
  [[nodiscard]] std::uint32_t most_open() const noexcept { return most_waiting_; }

 private:
  struct Stream {
    Stream(const StreamSpec& from, NameSource source, std::uint64_t seed, std::size_t seconds, std::uint32_t endpoint);
    StreamSpec spec;
    NameSource names;
    Arrivals arrivals;
    base::Random draws;   // names, types, clients, letters: the same for the same seed
    base::Random chance;  // IDs: depend on what is outstanding
    std::uint32_t first_endpoint;
    std::uint32_t endpoints;
    std::uint32_t type_weights = 0;
    std::uint32_t expected_rcodes = 0;
    StreamStats stats;
  };
  struct InBatch {
    std::uint8_t stream = 0;
    base::Instant intended = base::Instant::never();  // of a first try
  };

  Engine(Backend& backend, std::uint32_t capacity) : backend_(&backend), table_(capacity) {}

  void record_lateness(base::Instant now) noexcept;
  [[nodiscard]] bool take_answers(base::Instant now) noexcept;
  void take(const Incoming& incoming, base::Instant now) noexcept;
  void take_spoofed(base::Bytes message) noexcept;
  void take_answer(std::uint32_t slot, const Checked& checked, base::Instant now) noexcept;
  void complete(OpenQuery& query, Stream& stream, const Checked& checked, base::Instant now) noexcept;
  void note_wrong(std::size_t stream, Wrong reason, base::Bytes message, base::Bytes question) noexcept;
  void due(std::uint32_t slot) noexcept;
  void ask_due(base::Instant now) noexcept;
  void ask_new(std::size_t stream, base::Instant intended) noexcept;
  void ask_spoofed(std::size_t stream, base::Instant intended) noexcept;
  void ask_again(std::uint32_t slot) noexcept;
  void flush(base::Instant now) noexcept;
  [[nodiscard]] std::uint32_t open_query(Stream& stream, std::uint32_t endpoint) noexcept;
  [[nodiscard]] dns::QType draw_type(Stream& stream, std::uint64_t draw) noexcept;
  [[nodiscard]] std::size_t write_question(const Stream& stream, const OpenQuery& query,
                                           std::byte* room) const noexcept;
  void write_query(const Stream& stream, const OpenQuery& query, Outgoing& out) const noexcept;
  [[nodiscard]] base::Instant next_new() const noexcept;
  [[nodiscard]] std::size_t stream_of(std::uint32_t endpoint) const noexcept;

  Backend* backend_;
  QueryTable table_;
  Verifier verifier_;
  std::deque<Stream> streams_;  // never moves
  std::array<Outgoing, kBatch> batch_;
  std::array<InBatch, kBatch> in_batch_;
  std::size_t batch_begin_ = 0;  // not yet taken by the back end
  std::size_t batch_end_ = 0;
  std::array<Incoming, kBatch> incoming_;
  base::FixedVector<base::Instant, 2 * kBatch> handed_over_;  // in the last turn
  base::FixedVector<WrongExample, kWrongExamples> examples_;
  Spread lateness_;
  base::Instant begin_;
  base::Instant now_;
  std::uint32_t waiting_ = 0;
  std::uint32_t most_waiting_ = 0;
  bool interrupted_ = false;
};

}  // namespace loadgen
