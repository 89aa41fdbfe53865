// SPDX-License-Identifier: Apache-2.0
// The in-flight table against plain maps: every waiter ends in exactly one of popped, expired, closed.
#include <algorithm>
#include <map>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "support/inflight_world.hpp"

namespace {

using coalesce::Join;
using coalesce::Joined;
using coalesce::Scope;
using coalesce::Settings;
using coalesce::Waiter;
using test::Asker;
using test::InflightWorld;
using test::Key;

constexpr std::size_t kNames = 12;

enum class Act { kJoin, kPop, kClose, kExpire, kAdvance, kLate };

struct Step {
  Act act{};
  std::size_t name = 0;
  Asker asker;
  std::uint32_t number = 0;
};

rc::Gen<Step> any_step() {
  using rc::gen::inRange;
  const auto act = rc::gen::weightedElement<Act>(
      {{12, Act::kJoin}, {2, Act::kPop}, {2, Act::kClose}, {2, Act::kExpire}, {3, Act::kAdvance}, {1, Act::kLate}});
  const auto asker = rc::gen::construct<Asker>(inRange<std::uint8_t>(1, 5), inRange<std::uint16_t>(1, 4),
                                               inRange<std::uint16_t>(1, 4));
  return rc::gen::construct<Step>(act, inRange<std::size_t>(0, kNames), asker, inRange<std::uint32_t>(0, 3'000));
}

struct Waiting {
  Asker asker;
  base::Instant arrived;
  base::Instant heard;  // its latest packet
};

struct Question {
  std::size_t name = 0;
  Joined joined;
  std::uint32_t retransmits = 0;
  std::uint8_t opener = 0;
  std::vector<Waiting> waiting;  // oldest first

  [[nodiscard]] std::size_t others() const {
    return static_cast<std::size_t>(
        std::count_if(waiting.begin(), waiting.end(), [&](const Waiting& w) { return w.asker.host != opener; }));
  }
};

/// Table and model, and the steps that change both.
class Pair {
 public:
  explicit Pair(const Settings& settings) : settings_(settings), world_(settings) {
    for (std::size_t i = 0; i < kNames; ++i) keys_.push_back(test::numbered(i));
  }

  void run(const Step& step) {
    switch (step.act) {
      case Act::kJoin:
        join(step);
        break;
      case Act::kPop:
        pop(step.number);
        break;
      case Act::kClose:
        close(step.number);
        break;
      case Act::kExpire:
        expire(step.number);
        break;
      case Act::kAdvance:
        world_.now = world_.now + std::chrono::milliseconds(step.number);
        break;
      case Act::kLate:
        late();
        break;
    }
    check();
  }
  void finish() {
    while (!open_.empty()) close(0);
    check();
    RC_ASSERT(joined_ == popped_ + expired_ + closed_ + dropped_);
    RC_ASSERT(world_.table.waiting_clients() == 0U);
    RC_ASSERT(world_.table.pending_queries() == 0U);
  }

 private:
  [[nodiscard]] Question* model_of(std::size_t name) {
    if (settings_.scope == Scope::kOff) return nullptr;
    const auto at = std::find_if(open_.begin(), open_.end(), [&](const Question& q) { return q.name == name; });
    return at == open_.end() ? nullptr : &*at;
  }
  [[nodiscard]] std::size_t waiting_in_all() const {
    std::size_t sum = 0;
    for (const Question& question : open_) sum += question.waiting.size();
    return sum;
  }
  [[nodiscard]] std::size_t waiting_of(std::uint8_t host) const {
    std::size_t sum = 0;
    for (const Question& question : open_) {
      sum += static_cast<std::size_t>(std::count_if(question.waiting.begin(), question.waiting.end(),
                                                    [&](const Waiting& w) { return w.asker.host == host; }));
    }
    return sum;
  }
  [[nodiscard]] bool waits(const Question& question, const Asker& asker) const {
    return std::any_of(question.waiting.begin(), question.waiting.end(),
                       [&](const Waiting& w) { return w.asker == asker; });
  }

  [[nodiscard]] Join expected(const Step& step) {
    const Question* question = model_of(step.name);
    if (question != nullptr && waits(*question, step.asker)) return Join::kDuplicate;
    if (question != nullptr && question->waiting.size() >= settings_.max_waiters_per_query) return Join::kQueryFull;
    if (waiting_of(step.asker.host) >= settings_.max_waiting_per_client) return Join::kClientFull;
    if (question == nullptr && open_.size() >= settings_.max_pending) return Join::kTableFull;
    if (waiting_in_all() >= settings_.max_waiting) return Join::kWaitersFull;
    return question != nullptr ? Join::kJoined : Join::kOpened;
  }

  void join(const Step& step) {
    const Join verdict = expected(step);
    const bool is_newcomer = verdict == Join::kOpened || verdict == Join::kJoined || verdict == Join::kWaitersFull;
    const bool drops = is_newcomer && waiting_in_all() >= std::min(soft(), settings_.max_waiting);
    const Joined joined = world_.join(keys_[step.name], step.asker);
    RC_ASSERT(joined.verdict == verdict);
    RC_ASSERT(take_dropped() == (drops ? 1U : 0U));
    Question* question = model_of(step.name);
    if (verdict == Join::kDuplicate) repeat(*question, step.asker);
    if (verdict == Join::kOpened) {
      open_.push_back({step.name, joined, 0, step.asker.host, {}});
      question = &open_.back();
    }
    if (verdict == Join::kOpened || verdict == Join::kJoined) {
      question->waiting.push_back({step.asker, world_.now, world_.now});
      ++joined_;
    }
    if (question != nullptr && joined.interest != nullptr) {
      RC_ASSERT(joined.handle == question->joined.handle);
      RC_ASSERT(joined.interest == question->joined.interest);
    }
  }

  [[nodiscard]] std::uint32_t soft() const {
    return settings_.soft_waiting == 0 ? settings_.max_waiting : settings_.soft_waiting;
  }
  /// Its timeout starts again, after all the others'.
  void repeat(Question& question, const Asker& asker) {
    ++question.retransmits;
    const auto at = std::find_if(question.waiting.begin(), question.waiting.end(),
                                 [&](const Waiting& w) { return w.asker == asker; });
    if (at->heard == world_.now) return;
    at->heard = world_.now;
    std::rotate(at, at + 1, question.waiting.end());
  }
  [[nodiscard]] std::size_t take_dropped() {
    std::size_t count = 0;
    Waiter out;
    base::Handle handle;
    coalesce::Drop by{};
    for (; world_.table.pop_dropped(out, handle, by); ++count) {
      const auto question =
          std::find_if(open_.begin(), open_.end(), [&](const Question& q) { return q.joined.handle == handle; });
      RC_ASSERT(question != open_.end());
      const auto gone = std::find_if(question->waiting.begin(), question->waiting.end(),
                                     [&](const Waiting& w) { return w.asker == test::asker_of(out); });
      RC_ASSERT(gone != question->waiting.end());
      question->waiting.erase(gone);
      ++dropped_;
    }
    return count;
  }

  void pop(std::uint32_t which) {
    if (open_.empty()) return;
    Question& question = open_[which % open_.size()];
    Waiter out;
    RC_ASSERT(world_.table.pop_waiter(question.joined.handle, out) == !question.waiting.empty());
    if (question.waiting.empty()) return;
    RC_ASSERT(test::asker_of(out) == question.waiting.front().asker);
    RC_ASSERT(out.arrived == question.waiting.front().arrived);
    question.waiting.erase(question.waiting.begin());
    ++popped_;
  }

  void close(std::uint32_t which) {
    if (open_.empty()) return;
    const std::size_t at = which % open_.size();
    world_.table.close(open_[at].joined.handle);
    closed_ += open_[at].waiting.size();
    gone_.push_back(open_[at].joined.handle);
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(at));
  }

  void expire(std::uint32_t how_far) {
    Waiter out;
    base::Handle handle;
    const std::size_t places = how_far % 2 == 0 ? settings_.max_pending : how_far % 5;
    while (world_.table.pop_expired(world_.now, places, out, handle)) {
      const auto at =
          std::find_if(open_.begin(), open_.end(), [&](const Question& q) { return q.joined.handle == handle; });
      RC_ASSERT(at != open_.end());
      RC_ASSERT(!at->waiting.empty());
      RC_ASSERT(test::asker_of(out) == at->waiting.front().asker);
      RC_ASSERT(at->waiting.front().heard + settings_.client_timeout <= world_.now);
      at->waiting.erase(at->waiting.begin());
      ++expired_;
    }
    if (places < settings_.max_pending) return;
    for (const Question& question : open_) {
      for (const Waiting& waiting : question.waiting) RC_ASSERT(waiting.heard + settings_.client_timeout > world_.now);
    }
  }

  /// A completion for a question that is closed touches nothing.
  void late() {
    if (gone_.empty()) return;
    Waiter out;
    RC_ASSERT(!world_.table.is_open(gone_.back()));
    RC_ASSERT(!world_.table.pop_waiter(gone_.back(), out));
    world_.table.close(gone_.back());
  }

  void check() {
    RC_ASSERT(world_.table.pending_queries() == open_.size());
    RC_ASSERT(world_.table.waiting_clients() == waiting_in_all());
    for (const Question& question : open_) {
      const coalesce::Interest& interest = *question.joined.interest;
      RC_ASSERT(world_.table.is_open(question.joined.handle));
      RC_ASSERT(world_.table.key(question.joined.handle) == keys_[question.name].view());
      RC_ASSERT(interest.generation.load() == question.joined.handle.generation);
      RC_ASSERT(interest.waiters.load() == question.waiting.size());
      RC_ASSERT(interest.others.load() == question.others());
      RC_ASSERT(interest.retransmits.load() == question.retransmits);
      if (question.waiting.empty()) continue;
      // Between "gone a second after its latest packet" and "there as long as the settings say".
      const base::Instant heard = question.waiting.back().heard;
      RC_ASSERT(interest.deadline_ns.load() >= (heard + std::chrono::seconds(1)).ns());
      RC_ASSERT(interest.deadline_ns.load() <= (world_.now + settings_.client_timeout).ns());
    }
  }

  Settings settings_;
  InflightWorld world_;
  std::vector<Key> keys_;
  std::vector<Question> open_;
  std::vector<base::Handle> gone_;
  std::size_t joined_ = 0;
  std::size_t popped_ = 0;
  std::size_t expired_ = 0;
  std::size_t closed_ = 0;
  std::size_t dropped_ = 0;
};

TEST(InflightProperty, EveryWaiterEndsExactlyOnce) {
  EXPECT_TRUE(rc::check("table and maps agree", [] {
    Settings settings;
    settings.scope = *rc::gen::element(Scope::kGlobal, Scope::kGlobal, Scope::kOff);
    settings.max_pending = *rc::gen::element(4U, 8U, 16U);
    settings.max_waiting = *rc::gen::element(8U, 32U, 64U);
    settings.soft_waiting = *rc::gen::element(0U, 6U, 20U);
    settings.max_waiters_per_query = *rc::gen::element(3U, 9U, 64U);
    settings.max_waiting_per_client = *rc::gen::element(2U, 10U, 64U);
    Pair pair(settings);
    for (const Step& step : *rc::gen::scale(4.0, rc::gen::container<std::vector<Step>>(any_step()))) pair.run(step);
    pair.finish();
  }));
}

}  // namespace
