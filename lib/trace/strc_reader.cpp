// SPDX-License-Identifier: Apache-2.0
// Blocks to events. A broken block is passed over: by its own sizes if they make sense, else by the index, else the
// trace ends there. The file's numbers become the dictionary's as the blocks that define them come by.
#include "strc_reader.hpp"

#include <algorithm>
#include <limits>

#include <fmt/core.h>
#include <xxhash.h>

#include "strc_block.hpp"
#include "timestamps.hpp"

namespace trace {
namespace {

constexpr std::uint32_t kLost = 0xffff'ffff;  // stood in a broken block
constexpr std::uint64_t kMaxNumber = 1U << 31U;

class StrcSource final : public Source {
 public:
  StrcSource(File file, Dictionary& dictionary, const OpenOptions& options)
      : file_(std::move(file)), dictionary_(dictionary), from_ns_(options.from_ns) {
    info_.format = Format::kStrc;
    info_.name = file_.path();
  }

  [[nodiscard]] diag::Status read_header();
  diag::Result<std::size_t> next(std::span<Event> out) override;
  diag::Status rewind() override;
  const Info& info() const noexcept override { return info_; }
  const Skips& skips() const noexcept override { return skips_; }
  Progress progress() const noexcept override { return {file_.offset(), file_.size()}; }

 private:
  enum class More : bool { kEnd, kBlock };

  void read_index();
  /// The next block; its events are in events_, if it has any.
  [[nodiscard]] diag::Result<More> read_block();
  [[nodiscard]] bool pass_over_early_events();
  [[nodiscard]] More resume_behind_damage(std::uint64_t offset);
  [[nodiscard]] diag::Status take(std::uint64_t offset);
  [[nodiscard]] diag::Status take_questions(Unpacker in, std::uint64_t offset);
  [[nodiscard]] diag::Status take_clients(Unpacker in, std::uint64_t offset);
  void take_events(Unpacker in, std::uint64_t offset);
  [[nodiscard]] bool unpack_columns(Unpacker& in);
  void refer(std::uint64_t offset);
  /// Makes room for a block of definitions; false: there is nothing new in it.
  [[nodiscard]] bool begin_definitions(std::vector<std::uint32_t>& numbers, std::uint64_t offset);
  [[nodiscard]] diag::Status full(std::vector<std::uint32_t>& numbers) const;

  File file_;
  Dictionary& dictionary_;
  std::int64_t from_ns_;
  Info info_;
  Skips skips_;
  BlockReader blocks_;
  std::vector<IndexEntry> index_;  // empty: there is none
  std::size_t index_at_ = 0;
  std::uint64_t end_ = std::numeric_limits<std::uint64_t>::max();  // where the index block begins, if there is one
  std::vector<std::uint32_t> questions_;
  std::vector<std::uint32_t> clients_;
  std::vector<Event> events_;
  std::size_t event_at_ = 0;
  std::int64_t last_ns_ = 0;
  bool is_over_ = false;
};

diag::Status StrcSource::read_header() {
  std::array<std::byte, kStrcHeaderBytes> bytes{};
  const std::size_t got = file_.read(bytes);
  Unpacker in(bytes);
  const base::Bytes magic = in.bytes(kStrcMagic.size());
  const auto version = in.fixed<std::uint16_t>();
  const auto flags = in.fixed<std::uint16_t>();
  const auto header_bytes = in.fixed<std::uint32_t>();
  info_.origin_unix_ns = in.fixed<std::int64_t>();
  const auto checksum = in.fixed<std::uint64_t>();
  const auto bad = [&](std::string_view what) {
    return diag::fail(diag::Code::kInvalid, fmt::format("{}: {}", file_.path(), what));
  };
  if (got < bytes.size() || !std::ranges::equal(magic, std::as_bytes(std::span(kStrcMagic)))) {
    return bad("is no .strc file: its first octets are others");
  }
  if (version != kStrcVersion) {
    return bad(fmt::format("has version {} of the format; this program reads version {}", version, kStrcVersion));
  }
  if (header_bytes != kStrcHeaderBytes || checksum != XXH3_64bits(bytes.data(), bytes.size() - sizeof checksum)) {
    return bad("has a broken header; convert the trace again from its original");
  }
  info_.has_times = (flags & 1U) != 0;
  info_.has_year = info_.origin_unix_ns == 0 || info_.origin_unix_ns >= kFirstUnixNs;
  read_index();
  return file_.seek(kStrcHeaderBytes) ? diag::Status{} : bad("cannot be read from its beginning");
}

/// Optional: without a valid index the file is read from front to back.
void StrcSource::read_index() {
  if (file_.size() < kStrcHeaderBytes + kStrcTrailerBytes || !file_.seek(file_.size() - kStrcTrailerBytes)) return;
  std::array<std::byte, kStrcTrailerBytes> bytes{};
  if (file_.read(bytes) < bytes.size()) return;
  Unpacker in(bytes);
  const auto index_at = in.fixed<std::uint64_t>();
  const auto checksum = in.fixed<std::uint64_t>();
  if (!std::ranges::equal(in.bytes(kStrcMagic.size()), std::as_bytes(std::span(kStrcMagic)))) return;
  if (checksum != XXH3_64bits(bytes.data(), sizeof index_at) || !file_.seek(index_at)) return;
  if (blocks_.read(file_) != BlockState::kGood || blocks_.header().kind != BlockKind::kIndex) return;
  Unpacker entries(blocks_.raw());
  std::vector<IndexEntry> index;
  while (entries.left() >= sizeof(IndexEntry)) index.push_back(entries.fixed<IndexEntry>());
  const bool in_order = std::is_sorted(index.begin(), index.end(),
                                       [](const IndexEntry& a, const IndexEntry& b) { return a.offset < b.offset; });
  if (!in_order || (!index.empty() && (index.front().offset < kStrcHeaderBytes || index.back().offset >= index_at))) {
    return;
  }
  index_ = std::move(index);
  end_ = index_at;
  info_.events = blocks_.header().first;
}

diag::Status StrcSource::rewind() {
  if (!file_.seek(kStrcHeaderBytes)) return diag::fail(diag::Code::kUnavailable, file_.path() + ": cannot be rewound");
  skips_ = {};
  index_at_ = 0;
  events_.clear();
  event_at_ = 0;
  last_ns_ = 0;
  is_over_ = false;
  return {};
}

diag::Result<std::size_t> StrcSource::next(std::span<Event> out) {
  std::size_t count = 0;
  while (count < out.size()) {
    if (event_at_ == events_.size()) {
      const auto more = read_block();
      if (!more) return diag::fail(more.error());
      if (*more == More::kEnd) break;
      continue;
    }
    const std::size_t some = std::min(out.size() - count, events_.size() - event_at_);
    std::copy_n(events_.begin() + static_cast<std::ptrdiff_t>(event_at_), some,
                out.begin() + static_cast<std::ptrdiff_t>(count));
    event_at_ += some;
    count += some;
  }
  return count;
}

/// Is the block here one of events all of which are before the wanted time? Then the file is behind it.
bool StrcSource::pass_over_early_events() {
  while (index_at_ < index_.size() && index_[index_at_].offset < file_.offset()) ++index_at_;
  if (index_at_ == index_.size() || index_[index_at_].offset != file_.offset()) return false;
  if (index_[index_at_].kind != BlockKind::kEvents) return false;
  const auto later = std::find_if(index_.begin() + static_cast<std::ptrdiff_t>(index_at_) + 1, index_.end(),
                                  [](const IndexEntry& entry) { return entry.kind == BlockKind::kEvents; });
  if (later == index_.end() || later->first_ns >= from_ns_) return false;
  return file_.seek(index_[index_at_ + 1].offset);
}

StrcSource::More StrcSource::resume_behind_damage(std::uint64_t offset) {
  skips_.note(Skip::kBlockBroken, "offset", offset);
  if (blocks_.header_is_sane()) return More::kBlock;
  const auto next =
      std::find_if(index_.begin(), index_.end(), [&](const IndexEntry& entry) { return entry.offset > offset; });
  is_over_ = next == index_.end() || !file_.seek(next->offset);
  return is_over_ ? More::kEnd : More::kBlock;
}

diag::Result<StrcSource::More> StrcSource::read_block() {
  events_.clear();
  event_at_ = 0;
  while (from_ns_ > 0 && pass_over_early_events()) {
  }
  const std::uint64_t offset = file_.offset();
  if (is_over_ || offset >= end_) return More::kEnd;
  switch (blocks_.read(file_)) {
    case BlockState::kGood:
      break;
    case BlockState::kBroken:
      return resume_behind_damage(offset);
    case BlockState::kEnd:
    case BlockState::kCut:
      is_over_ = true;
      skips_.note(Skip::kFileCut, "offset", offset, "the rest of the file is missing");
      return More::kEnd;
  }
  if (blocks_.header().kind == BlockKind::kIndex) {  // its trailer is missing
    is_over_ = true;
    skips_.note(Skip::kFileCut, "offset", offset, "the trailer is missing or broken");
    return More::kEnd;
  }
  if (auto taken = take(offset); !taken) return diag::fail(taken.error());
  return More::kBlock;
}

diag::Status StrcSource::take(std::uint64_t offset) {
  const Unpacker in(blocks_.raw());
  if (blocks_.header().count > blocks_.header().raw_bytes) {  // each takes an octet at least
    skips_.note(Skip::kBlockBroken, "offset", offset, "it says to hold more than it can");
    return {};
  }
  if (blocks_.header().kind == BlockKind::kQuestions) return take_questions(in, offset);
  if (blocks_.header().kind == BlockKind::kClients) return take_clients(in, offset);
  take_events(in, offset);
  return {};
}

bool StrcSource::begin_definitions(std::vector<std::uint32_t>& numbers, std::uint64_t offset) {
  const BlockHeader& header = blocks_.header();
  if (header.first + header.count <= numbers.size()) return false;  // read before a rewind
  if (header.first > std::max(dictionary_.limits().questions, dictionary_.limits().clients) ||
      header.first < numbers.size()) {
    skips_.note(Skip::kBlockBroken, "offset", offset, "its numbers do not follow");
    return false;
  }
  numbers.resize(header.first, kLost);
  return true;
}

diag::Status StrcSource::full(std::vector<std::uint32_t>& numbers) const {
  numbers.resize(blocks_.header().first);  // the block was not read
  return diag::fail(diag::Code::kExhausted,
                    fmt::format("{}: more than {} distinct questions or {} clients; raise the limit", file_.path(),
                                dictionary_.limits().questions, dictionary_.limits().clients));
}

diag::Status StrcSource::take_questions(Unpacker in, std::uint64_t offset) {
  if (!begin_definitions(questions_, offset)) return {};
  for (std::uint32_t i = 0; i < blocks_.header().count; ++i) {
    const auto qtype = in.fixed<std::uint16_t>();
    const auto qclass = in.fixed<std::uint16_t>();
    const auto size = in.fixed<std::uint8_t>();
    base::ByteReader name(in.bytes(size));
    const dns::NameView qname = dns::NameView::read_plain(name);
    if (!in.ok() || qname.empty() || name.left() != 0) {
      skips_.note(Skip::kNameBroken, "offset", offset, fmt::format("question {} of the block", i));
      questions_.push_back(kLost);
      continue;
    }
    const auto index = dictionary_.intern(qname, static_cast<dns::QType>(qtype), static_cast<dns::QClass>(qclass));
    if (!index) return full(questions_);
    questions_.push_back(*index);
  }
  return {};
}

diag::Status StrcSource::take_clients(Unpacker in, std::uint64_t offset) {
  if (!begin_definitions(clients_, offset)) return {};
  for (std::uint32_t i = 0; i < blocks_.header().count; ++i) {
    const auto retry = in.fixed<std::uint8_t>();
    const base::Bytes address = in.bytes(net::IpAddress::kBytes);
    if (!in.ok()) {
      skips_.note(Skip::kBlockBroken, "offset", offset, fmt::format("client {} is cut", i));
      clients_.resize(clients_.size() + blocks_.header().count - i, kLost);
      return {};
    }
    const Client client{net::IpAddress::v6(address.data()),
                        retry < kRetryProfiles ? static_cast<RetryProfile>(retry) : RetryProfile::kUnknown};
    const auto index = dictionary_.intern(client);
    if (!index) return full(clients_);
    clients_.push_back(*index);
  }
  return {};
}

bool StrcSource::unpack_columns(Unpacker& in) {
  constexpr auto kLastNs = std::numeric_limits<std::int64_t>::max();
  auto at_ns = in.fixed<std::int64_t>();
  if (at_ns < 0) return false;
  for (Event& event : events_) {
    const std::uint64_t later = in.number();
    if (later > static_cast<std::uint64_t>(kLastNs - at_ns)) return false;
    at_ns += static_cast<std::int64_t>(later);
    event.at_ns = at_ns;
  }
  for (Event& event : events_) event.question = static_cast<std::uint32_t>(std::min(in.number(), kMaxNumber));
  for (Event& event : events_) event.client = static_cast<std::uint32_t>(std::min(in.number(), kMaxNumber));
  for (Event& event : events_) event.ttl_sec = static_cast<std::uint32_t>(in.number()) - 1;
  for (Event& event : events_) event.answer_bytes = in.fixed<std::uint16_t>();
  for (Event& event : events_) event.rcode = in.fixed<std::uint8_t>();
  for (Event& event : events_) event.flags = in.fixed<std::uint8_t>();
  return in.ok();
}

void StrcSource::take_events(Unpacker in, std::uint64_t offset) {
  events_.resize(blocks_.header().count);
  if (!unpack_columns(in)) {
    events_.clear();
    skips_.note(Skip::kBlockBroken, "offset", offset, "its columns do not unpack");
    return;
  }
  refer(offset);
  for (Event& event : events_) {
    if (event.at_ns < last_ns_) {
      skips_.note(Skip::kTimeBackwards, "offset", offset);
      event.at_ns = last_ns_;
    }
    last_ns_ = event.at_ns;
  }
}

/// From the file's numbers to the dictionary's; events whose question or client is lost go.
void StrcSource::refer(std::uint64_t offset) {
  std::size_t kept = 0;
  for (Event event : events_) {
    const std::uint32_t question = event.question < questions_.size() ? questions_[event.question] : kLost;
    const std::uint32_t client = event.client < clients_.size() ? clients_[event.client] : kLost;
    if (question == kLost || client == kLost) {
      skips_.note(Skip::kBlockBroken, "offset", offset, "an event whose question or client is lost");
      continue;
    }
    event.question = question;
    event.client = client;
    events_[kept++] = event;
  }
  events_.resize(kept);
}

}  // namespace

diag::Result<std::unique_ptr<Source>> open_strc(const std::string& path, Dictionary& dictionary,
                                                const OpenOptions& options) {
  auto file = File::open_to_read(path);
  if (!file) return diag::fail(file.error());
  auto source = std::make_unique<StrcSource>(std::move(*file), dictionary, options);
  if (auto good = source->read_header(); !good) return diag::fail(good.error());
  return source;
}

}  // namespace trace
