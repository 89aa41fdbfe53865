// SPDX-License-Identifier: Apache-2.0
// Workloads to events: three processes (lookups, bursts, the flood) and a heap of what is yet to come.
#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>

#include <fmt/core.h>

#include "base/random.hpp"
#include "name_maker.hpp"
#include "one_shot.hpp"
#include "trace/workload.hpp"
#include "zipf.hpp"

namespace trace {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::uint32_t kNoIndex = 0xffff'ffff;
constexpr std::int64_t kPairGapNs = 20'000;          // between A and AAAA of one lookup
constexpr std::int64_t kCandidateGapNs = 1'000'000;  // one candidate's answer, then the next candidate
constexpr auto kHttps = static_cast<dns::QType>(65);

/// When a client asks again, after the first question. As sluice-blast's clients do.
std::vector<std::int64_t> repeats_ns(RetryProfile profile) {
  constexpr std::int64_t kSec = 1'000'000'000;
  switch (profile) {
    case RetryProfile::kGlibc:
      return {5 * kSec};
    case RetryProfile::kCares:
      return {2 * kSec, 6 * kSec};
    case RetryProfile::kWindows:
      return {1 * kSec, 2 * kSec, 4 * kSec};
    case RetryProfile::kUnknown:
    case RetryProfile::kNone:
      break;
  }
  return {};
}

struct Pending {
  Event event;
  std::uint64_t order = 0;  // of those at one time
  friend bool operator>(const Pending& a, const Pending& b) noexcept {
    return a.event.at_ns != b.event.at_ns ? a.event.at_ns > b.event.at_ns : a.order > b.order;
  }
};

net::IpAddress address_of(std::uint32_t network, std::uint32_t host) noexcept {
  std::array<std::byte, 4> octets;
  base::store_be32(octets.data(), network + host);
  return net::IpAddress::v4(octets.data());
}

/// What a process draws from, each with numbers of its own: a knob of one leaves the others as they are.
struct Draws {
  explicit Draws(std::uint64_t seed) noexcept : lookups(seed, 1), bursts(seed, 2), flood(seed, 3), answers(seed, 4) {}
  base::Random lookups;
  base::Random bursts;
  base::Random flood;
  base::Random answers;
};

class Generator final : public Source {
 public:
  Generator(const Workload& workload, Dictionary& dictionary)
      : workload_(workload),
        dictionary_(dictionary),
        names_(workload_),
        ranks_(std::max(workload_.zipf_exponent, 1e-6), workload_.names),
        busy_(std::max(workload_.client_exponent, 1e-6), workload_.clients),
        burst_ranks_(std::max(workload_.zipf_exponent, 1e-6), std::max<std::uint32_t>(workload_.burst.names, 1)),
        once_probability_(one_shot_probability(workload_)),
        draws_(workload_.seed) {
    info_.format = Format::kMade;
    info_.name = fmt::format("{} with seed {}", workload_.preset, workload_.seed);
    info_.events = workload_.queries;
    for (std::size_t i = 0; i < kRetryProfiles; ++i) repeats_[i] = repeats_ns(static_cast<RetryProfile>(i));
    begin();
  }

  diag::Result<std::size_t> next(std::span<Event> out) override;
  diag::Status rewind() override {
    begin();
    return {};
  }
  const Info& info() const noexcept override { return info_; }
  const Skips& skips() const noexcept override { return skips_; }
  Progress progress() const noexcept override { return {emitted_, workload_.queries}; }

 private:
  void begin();
  void come_next();
  void come_lookup();
  void come_burst();
  void come_flood();
  void schedule_lookup();
  void schedule_flood(double from_sec);

  [[nodiscard]] double rate_at(std::int64_t at_ns) const noexcept;
  /// Either a name that never comes again, or one of the catalogue.
  [[nodiscard]] NameTraits draw_name() noexcept;
  void look_up(const NameTraits& name, std::uint32_t client, std::int64_t at_ns, base::Random& random);
  void ask_types(const NameTraits& name, std::size_t candidate, Event event, base::Random& random);
  void ask(const NameTraits& name, bool exists, dns::NameView qname, dns::QType qtype, Event event,
           base::Random& random);
  void put(dns::NameView qname, dns::QType qtype, Event event);
  [[nodiscard]] std::uint32_t client_index(std::uint32_t number);
  [[nodiscard]] Client make_client(std::uint32_t number) const noexcept;
  [[nodiscard]] std::uint8_t flags_of(std::uint32_t client) const noexcept;

  const Workload workload_;
  Dictionary& dictionary_;
  NameMaker names_;
  Zipf ranks_;
  Zipf busy_;
  Zipf burst_ranks_;
  double once_probability_;
  std::array<std::vector<std::int64_t>, kRetryProfiles> repeats_;
  Info info_;
  Skips skips_;

  Draws draws_;
  std::priority_queue<Pending, std::vector<Pending>, std::greater<>> pending_;
  std::vector<std::uint32_t> client_indices_;  // by number, kNoIndex: not met yet
  std::int64_t lookup_ns_ = 0;
  std::int64_t burst_ns_ = 0;
  std::int64_t flood_ns_ = 0;
  std::uint64_t emitted_ = 0;
  std::uint64_t once_ = 0;
  std::uint64_t floods_ = 0;
  std::uint64_t bursts_ = 0;
  std::uint64_t order_ = 0;
  bool is_full_ = false;  // of the dictionary
  LabelRow row_;
};

void Generator::begin() {
  draws_ = Draws(workload_.seed);
  pending_ = {};
  lookup_ns_ = 0;
  emitted_ = once_ = floods_ = bursts_ = order_ = 0;
  is_full_ = false;
  burst_ns_ = workload_.burst.every_sec > 0 ? static_cast<std::int64_t>(workload_.burst.every_sec * 0.5e9) : kNever;
  schedule_lookup();
  flood_ns_ = kNever;
  if (workload_.flood.rate > 0) schedule_flood(workload_.flood.begin_sec);
}

double Generator::rate_at(std::int64_t at_ns) const noexcept {
  const double hour = workload_.begin_hour + static_cast<double>(at_ns) / 3'600e9;
  const double swing = std::cos((hour - 12) / 24 * 2 * 3.141592653589793);
  return workload_.rate * std::max(1 + workload_.diurnal_amplitude * swing, 0.001);
}

void Generator::schedule_lookup() {
  lookup_ns_ += static_cast<std::int64_t>(draws_.lookups.exponential() / rate_at(lookup_ns_) * 1e9) + 1;
}

void Generator::schedule_flood(double from_sec) {
  const double at_sec = from_sec + draws_.flood.exponential() / workload_.flood.rate;
  const double end_sec = workload_.flood.length_sec > 0 ? workload_.flood.begin_sec + workload_.flood.length_sec : 1e9;
  flood_ns_ = at_sec < end_sec ? static_cast<std::int64_t>(at_sec * 1e9) : kNever;
}

diag::Result<std::size_t> Generator::next(std::span<Event> out) {
  std::size_t count = 0;
  while (count < out.size() && emitted_ < workload_.queries) {
    while (pending_.empty() || std::min({lookup_ns_, burst_ns_, flood_ns_}) <= pending_.top().event.at_ns) come_next();
    if (is_full_) {
      return diag::fail(diag::Code::kExhausted,
                        fmt::format("more than {} distinct questions or {} clients; raise the limit or ask for fewer",
                                    dictionary_.limits().questions, dictionary_.limits().clients));
    }
    out[count++] = pending_.top().event;
    pending_.pop();
    ++emitted_;
  }
  return count;
}

void Generator::come_next() {
  if (lookup_ns_ <= burst_ns_ && lookup_ns_ <= flood_ns_) {
    come_lookup();
  } else if (burst_ns_ <= flood_ns_) {
    come_burst();
  } else {
    come_flood();
  }
}

NameTraits Generator::draw_name() noexcept {
  if (draws_.lookups.unit() <= once_probability_) return names_.once(once_++);
  const std::uint32_t rank =
      workload_.zipf_exponent > 0 ? ranks_.draw(draws_.lookups) : draws_.lookups.below(workload_.names);
  return names_.of_rank(rank, lookup_ns_);
}

void Generator::come_lookup() {
  const std::uint32_t number =
      workload_.client_exponent > 0 ? busy_.draw(draws_.lookups) : draws_.lookups.below(workload_.clients);
  const NameTraits name = draw_name();
  look_up(name, number, lookup_ns_, draws_.lookups);
  schedule_lookup();
}

void Generator::come_burst() {
  const Burst& burst = workload_.burst;
  const auto within_ns = burst.within_sec * 1e9;
  for (std::uint32_t i = 0; i < burst.clients; ++i) {
    // Each has an address of its own behind the others' and the next burst's.
    const auto number = static_cast<std::uint32_t>(workload_.clients + bursts_ * burst.clients + i);
    for (std::uint32_t lookup = 0; lookup < burst.lookups; ++lookup) {
      const auto after_ns = static_cast<std::int64_t>(draws_.bursts.unit() * within_ns);
      const std::uint32_t rank = burst_ranks_.draw(draws_.bursts);
      look_up(names_.of_rank(rank, burst_ns_), number, burst_ns_ + after_ns, draws_.bursts);
    }
  }
  ++bursts_;
  burst_ns_ += static_cast<std::int64_t>(burst.every_sec * 1e9);
}

void Generator::come_flood() {
  const std::uint32_t host = draws_.flood.below(workload_.flood.clients);
  const auto client = dictionary_.intern(Client{address_of(0xac10'0000U, host), RetryProfile::kNone});
  is_full_ = is_full_ || !client;
  const dns::NameView qname = names_.write_flood_name(floods_++, row_);
  Event event;
  event.at_ns = flood_ns_;
  event.client = client.value_or(0);
  event.ttl_sec = workload_.negative_ttl_sec;
  event.answer_bytes = static_cast<std::uint16_t>(12 + qname.size() + 4 + 60);
  event.rcode = static_cast<std::uint8_t>(dns::Rcode::kNxDomain);
  event.flags = kFlood;
  put(qname, dns::QType::kA, event);
  schedule_flood(static_cast<double>(flood_ns_) * 1e-9);
}

void Generator::look_up(const NameTraits& name, std::uint32_t client, std::int64_t at_ns, base::Random& random) {
  Event event;
  event.at_ns = at_ns;
  event.client = client_index(client);
  event.flags = flags_of(client);
  const bool wants_name = random.unit() <= workload_.ptr_share;
  if (wants_name) {
    ask(name, name.exists, names_.write_address_name(name, row_), dns::QType::kPtr, event, random);
    return;
  }
  const std::size_t last = std::min(names_.found_at(name), names_.candidates(name) - 1);
  for (std::size_t candidate = 0; candidate <= last; ++candidate) {
    ask_types(name, candidate, event, random);
    event.at_ns += kCandidateGapNs;
  }
}

void Generator::ask_types(const NameTraits& name, std::size_t candidate, Event event, base::Random& random) {
  const bool exists = candidate == names_.found_at(name);
  const dns::NameView qname = names_.write(name, candidate, row_);
  if (qname.empty()) return;  // too long with this suffix: a stub resolver does not ask it either
  ask(name, exists, qname, dns::QType::kA, event, random);
  event.at_ns += kPairGapNs;
  if (random.unit() <= workload_.pair_share) ask(name, exists, qname, dns::QType::kAaaa, event, random);
  event.at_ns += kPairGapNs;
  if (random.unit() <= workload_.https_share) ask(name, exists, qname, kHttps, event, random);
}

void Generator::ask(const NameTraits& name, bool exists, dns::NameView qname, dns::QType qtype, Event event,
                    base::Random& random) {
  constexpr std::size_t kSoaBytes = 60;
  const bool has_data =
      exists && (qtype == dns::QType::kA || qtype == dns::QType::kPtr ||
                 (qtype == dns::QType::kAaaa && name.has_aaaa) || (qtype == kHttps && name.number % 3 == 0));
  const std::size_t records = 1 + name.number % 4;
  const std::size_t record_bytes = qtype == dns::QType::kA ? 16 : qtype == dns::QType::kAaaa ? 28 : 40;
  event.ttl_sec = has_data ? name.ttl_sec : workload_.negative_ttl_sec;
  event.answer_bytes =
      has_data && workload_.answer_bytes != 0
          ? workload_.answer_bytes
          : static_cast<std::uint16_t>(12 + qname.size() + 4 + (has_data ? records * record_bytes : kSoaBytes));
  event.rcode = static_cast<std::uint8_t>(exists ? dns::Rcode::kNoError : dns::Rcode::kNxDomain);
  put(qname, qtype, event);
  if (workload_.loss <= 0) return;
  const std::int64_t first_ns = event.at_ns;
  const Client& client = dictionary_.client(event.client);
  event.flags |= kRepeat;
  for (const std::int64_t after_ns : repeats_[static_cast<std::size_t>(client.retry)]) {
    if (random.unit() > workload_.loss) break;
    event.at_ns = first_ns + after_ns;
    put(qname, qtype, event);
  }
}

void Generator::put(dns::NameView qname, dns::QType qtype, Event event) {
  const auto question = dictionary_.intern(qname, qtype, dns::QClass::kIn);
  is_full_ = is_full_ || !question;
  event.question = question.value_or(0);
  pending_.push({event, order_++});
}

std::uint8_t Generator::flags_of(std::uint32_t client) const noexcept {
  const double draw = static_cast<double>(base::mix(client ^ (workload_.seed << 32U)) >> 11U) * 0x1p-53;
  return draw < workload_.dnssec_share ? kDnssecOk : 0;
}

Client Generator::make_client(std::uint32_t number) const noexcept {
  double sum = 0;
  for (const double share : workload_.retry_shares) sum += share;
  double draw = static_cast<double>(base::mix(~std::uint64_t{number} ^ workload_.seed) >> 11U) * 0x1p-53 * sum;
  std::size_t profile = 0;
  while (profile + 1 < kRetryProfiles && draw >= workload_.retry_shares[profile]) {
    draw -= workload_.retry_shares[profile++];
  }
  return {address_of(0x0a00'0001U, number), static_cast<RetryProfile>(profile)};
}

std::uint32_t Generator::client_index(std::uint32_t number) {
  if (number >= client_indices_.size()) client_indices_.resize(std::size_t{number} + 1, kNoIndex);
  if (client_indices_[number] == kNoIndex) {
    const auto index = dictionary_.intern(make_client(number));
    is_full_ = is_full_ || !index;
    client_indices_[number] = index.value_or(0);
  }
  return client_indices_[number];
}

}  // namespace

diag::Result<std::unique_ptr<Source>> make(const Workload& workload, Dictionary& dictionary) {
  if (auto good = check(workload); !good) return diag::fail(good.error());
  return std::make_unique<Generator>(workload, dictionary);
}

}  // namespace trace
