// SPDX-License-Identifier: Apache-2.0
/// @file upstream.hpp – the egress core under a virtual clock, and a simulated resolver that answers from the trace.
///
/// Purpose    budget, queue, retries and matching are lib/egress itself; its wire ends at a resolver that answers each
///            question after a fixed latency with what the trace says of it. Runs only when something is due.
/// Threads    one lane's.
/// Ownership  the engine's memory; a reply for each packet that is out.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "answer.hpp"
#include "base/instant.hpp"
#include "cache/cache.hpp"
#include "egress/engine.hpp"
#include "egress/miss.hpp"
#include "egress/wire.hpp"
#include "real_store.hpp"
#include "rig/catalogue.hpp"
#include "rig/configuration.hpp"
#include "seeded_entropy.hpp"
#include "trace/hash_index.hpp"

namespace rig {

class Upstream final : private egress::Wire {
 public:
  /// The appliance, which is notified of packets, replies and results.
  class Listener {
   public:
    /// A packet has left.
    virtual void on_packet(base::Instant at) = 0;
    /// The resolver has answered; the engine has not seen it yet.
    virtual void on_reply(std::uint32_t item, std::uint32_t asked, const Answer& answer, base::Instant at) = 0;
    /// A fetch has ended; its waiting clients can be answered.
    virtual void on_end(const egress::Completion& end, base::Instant at) = 0;

   protected:
    ~Listener() = default;
  };

  /// `cache`: that of the appliance, or nullptr where the engine shall keep nothing.
  Upstream(const Configuration& configuration, const World& world, const Catalogue& catalogue, cache::Cache* cache,
           Listener& listener);

  /// Makes room for the state of `items` items.
  void grow(std::uint32_t items) { known_.resize(items); }
  /// Asks for an item that a client waits for.
  void ask(const Step& step, base::Handle handle, const coalesce::Interest& interest, base::Instant now);
  /// Refreshes an entry that expires soon; no client waits for it.
  void refresh(const Step& step, base::Instant now);
  /// The moment at which advance() is due.
  [[nodiscard]] base::Instant due() const noexcept { return due_; }
  /// Processes every event until then.
  void advance(base::Instant to);

  [[nodiscard]] const egress::EngineCounters& counters() const noexcept { return engine_->counters(); }

 private:
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  struct Known {  // of what was asked last
    Answer answer;
    std::uint32_t item = kNone;
  };
  struct Reply {
    base::Instant at;
    net::Flow flow;
    std::uint32_t asked = 0;
    std::uint16_t id = 0;
  };

  [[nodiscard]] egress::SendResult transmit(base::Bytes frame, std::uint64_t ticket) noexcept override;
  void fill_miss(const Step& step, base::Instant now);
  void deliver(const Reply& reply);
  void settle(base::Instant now);
  void drain(base::Instant now);

  const Catalogue& catalogue_;
  base::Duration latency_;
  Listener& listener_;
  SeededEntropy entropy_;
  base::Qsbr qsbr_;
  std::unique_ptr<Mapping> nowhere_memory_;
  std::unique_ptr<cache::Cache> nowhere_;  // a cache that keeps nothing
  cache::Cache& cache_;
  std::vector<egress::Completion> slots_;
  egress::CompletionRing completions_;
  std::array<egress::CompletionRing*, 1> rings_{&completions_};
  Mapping engine_memory_;
  std::unique_ptr<egress::Engine> engine_;
  egress::Miss miss_;
  std::uint32_t missed_ = 0;  // its asked item
  std::vector<Known> known_;  // by asked item
  trace::HashIndex asked_;    // asked items by hash
  std::deque<Reply> replies_;
  base::Instant now_;
  base::Instant due_ = base::Instant::never();
  std::unique_ptr<Records> records_;
  std::vector<std::byte> message_;
};

}  // namespace rig
