// SPDX-License-Identifier: Apache-2.0
// The stages of a response check: records, image, TTLs, kind, normalisation.
#include "response_parser.hpp"

#include <algorithm>

#include "base/contract.hpp"
#include "edns_read.hpp"
#include "rdata.hpp"

namespace dns {

namespace {

constexpr std::size_t kFixedFieldBytes = 10;  // type, class, TTL, rdlength
constexpr std::uint8_t kAdditional = 2;

}  // namespace

bool ResponseParser::read_question(base::ByteReader& in) noexcept {
  base::ByteReader plain = in;
  view_.qname_ = NameView::read_plain(plain);
  if (!plain.ok()) return false;
  names_.read(in);
  view_.qtype_ = QType{in.u16()};
  view_.qclass_ = QClass{in.u16()};
  question_end_ = in.offset();
  return in.ok();
}

bool ResponseParser::read_records(base::ByteReader& in) noexcept {
  scratch_.notes.clear();
  const Header& header = view_.header_;
  const std::uint16_t counts[] = {header.ancount, header.nscount, header.arcount};
  for (std::uint8_t section = 0; section <= kAdditional; ++section) {
    for (std::uint16_t i = 0; i < counts[section] && in.ok(); ++i) read_record(in, section);
  }
  if (!in.ok() || in.left() != 0) return false;
  AnswerImage& image = view_.image_;
  image.ancount = header.ancount;
  image.nscount = header.nscount;
  image.arcount = static_cast<std::uint16_t>(header.arcount - (opt_at_ != 0 ? 1 : 0));
  image.flags = header.flags & (kFlagAa | kFlagTc | kFlagRa | kFlagAd);
  image.rcode = static_cast<Rcode>(static_cast<unsigned>(image.rcode) | header.rcode_bits());
  // Records behind the OPT move forward when it is removed. Pointers to names before it stay right; a pointer to a name
  // behind it would need rewriting. No server is known to send such a message, so it is refused.
  return opt_at_ == 0 || names_.furthest_target() < opt_at_;
}

void ResponseParser::read_record(base::ByteReader& in, std::uint8_t section) noexcept {
  const std::size_t owner_at = in.offset();
  if (names_.read(in) == 0) return;
  const std::size_t fields_at = in.offset();
  const QType type{in.u16()};
  const QClass klass{in.u16()};
  in.skip(sizeof(std::uint32_t));
  const std::size_t rdata_bytes = in.u16();
  if (!in.ok()) return;
  if (type == QType::kOpt) {
    read_opt(in, owner_at, fields_at, section);
    return;
  }
  RecordNote note;
  note.owner_at = static_cast<std::uint16_t>(owner_at);
  note.fields_at = static_cast<std::uint16_t>(fields_at);
  note.section = section;
  if (!scratch_.notes.push_back(note)) {
    too_many_records_ = true;
    in.fail();
    return;
  }
  names_.forbid(fields_at + 4, fields_at + 8);  // a TTL changes with age
  check_rdata(in, names_, type, klass, rdata_bytes);
  const bool is_address = klass == QClass::kIn && (type == QType::kA || type == QType::kAaaa);
  if (is_address) names_.forbid(fields_at + kFixedFieldBytes, in.offset());  // the addresses of a set may change places
}

void ResponseParser::read_opt(base::ByteReader& in, std::size_t owner_at, std::size_t fields_at,
                              std::uint8_t section) noexcept {
  const std::byte* fields = message_.data() + fields_at;
  OptFields opt;
  opt.klass = base::load_be16(fields + 2);
  opt.ttl = base::load_be32(fields + 4);
  opt.rdata = in.bytes(base::load_be16(fields + 8));
  EdnsRead read;
  if (section != kAdditional || opt_at_ != 0 || fields_at != owner_at + 1 || !in.ok() || !read_edns(opt, read)) {
    in.fail();
    return;
  }
  view_.edns_ = read.edns;
  opt_at_ = owner_at;
  opt_end_ = in.offset();
  view_.image_.rcode = static_cast<Rcode>((opt.ttl >> 24U) << 4U);
  names_.forbid(opt_at_, opt_end_);
}

ResponseReject ResponseParser::reject() const noexcept {
  return is_too_complex() ? ResponseReject::kTooComplex : ResponseReject::kMalformed;
}

void ResponseParser::cut_opt() noexcept {
  base::Bytes& records = view_.image_.records;
  records = message_.subspan(question_end_);
  if (opt_at_ == 0) return;
  const base::Bytes before = message_.subspan(question_end_, opt_at_ - question_end_);
  const base::Bytes behind = message_.subspan(opt_end_);
  records = before;
  if (behind.empty()) return;
  std::byte* out = scratch_.records.data();
  std::copy(behind.begin(), behind.end(), std::copy(before.begin(), before.end(), out));
  records = base::Bytes(out, before.size() + behind.size());
}

QType ResponseParser::type_of(const RecordNote& note) const noexcept {
  return QType{base::load_be16(message_.data() + note.fields_at)};
}
QClass ResponseParser::class_of(const RecordNote& note) const noexcept {
  return QClass{base::load_be16(message_.data() + note.fields_at + 2)};
}
std::uint32_t ResponseParser::ttl_of(const RecordNote& note) const noexcept {
  return std::min(base::load_be32(message_.data() + note.fields_at + 4), kMaxTtlSec);
}

void ResponseParser::note_ttls() noexcept {
  scratch_.ttl_offsets.clear();
  std::uint32_t smallest = kMaxTtlSec;
  for (std::size_t i = 0; i < scratch_.notes.size(); ++i) {
    const RecordNote& note = scratch_.notes[i];
    const std::size_t cut = opt_at_ != 0 && note.fields_at > opt_at_ ? opt_end_ - opt_at_ : 0;
    const std::size_t offset = note.fields_at + 4U - question_end_ - cut;
    const bool noted = scratch_.ttl_offsets.push_back(static_cast<std::uint16_t>(offset));
    SLUICE_ASSUME(noted);
    if (note.section == 0 || answers() == 0) smallest = std::min(smallest, ttl_of(note));
    if (note.section != 1 || type_of(note) != QType::kSoa || view_.has_soa_) continue;
    const std::byte* fields = message_.data() + note.fields_at;
    const std::byte* rdata_end = fields + kFixedFieldBytes + base::load_be16(fields + 8);
    view_.has_soa_ = true;
    soa_record_ = i;
    view_.negative_ttl_sec_ = std::min(ttl_of(note), std::min(base::load_be32(rdata_end - 4), kMaxTtlSec));
  }
  view_.min_ttl_sec_ = scratch_.notes.empty() ? 0 : smallest;
  view_.image_.ttl_offsets = scratch_.ttl_offsets.span();
}

void ResponseParser::judge() noexcept {
  if (view_.header_.has(kFlagTc)) {
    view_.kind_ = AnswerKind::kTruncated;
  } else if (view_.rcode() == Rcode::kNxDomain) {
    view_.kind_ = AnswerKind::kNxDomain;
  } else if (view_.rcode() == Rcode::kNoError) {
    view_.kind_ = follow_chain();
  } else {
    view_.kind_ = AnswerKind::kFailure;
  }
}

AnswerKind ResponseParser::follow_chain() noexcept {
  if (answers() == 0) return is_referral() ? AnswerKind::kFailure : AnswerKind::kNoData;
  std::size_t name_at = kHeaderBytes;
  std::size_t from_record = 0;  // most chains are in order, so each search starts behind the last record found
  for (std::size_t hop = 0; hop <= kMaxCnameChain; ++hop) {
    switch (look_for(name_at, from_record)) {
      case Step::kFound:
        return AnswerKind::kPositive;
      case Step::kNothing:  // no record of the asked name: not an answer
        return hop != 0 || view_.has_soa_ ? AnswerKind::kNoData : AnswerKind::kFailure;
      case Step::kAlias:
        break;
    }
  }
  return AnswerKind::kFailure;
}

ResponseParser::Step ResponseParser::look_for(std::size_t& name_at, std::size_t& from_record) noexcept {
  const QType wanted = view_.qtype_;
  const bool any = wanted == QType::kAny || wanted == QType::kMaila || wanted == QType::kMailb;
  for (std::size_t i = 0; i < answers(); ++i) {
    const std::size_t record = (from_record + i) % answers();
    const RecordNote& note = scratch_.notes[record];
    const QType type = type_of(note);
    if (!any && type != wanted && type != QType::kCname) continue;
    if (class_of(note) != view_.qclass_ && view_.qclass_ != QClass::kAny) continue;
    if (!names_.equal(note.owner_at, name_at)) continue;
    if (any || type == wanted) return Step::kFound;
    name_at = note.fields_at + kFixedFieldBytes;
    from_record = record + 1;
    return Step::kAlias;
  }
  return Step::kNothing;
}

bool ResponseParser::is_referral() const noexcept {
  return !view_.has_soa_ && std::any_of(scratch_.notes.begin(), scratch_.notes.end(), [this](const RecordNote& note) {
    return note.section == 1 && type_of(note) == QType::kNs;
  });
}

void ResponseParser::level_ttls() noexcept {
  if (view_.kind_ == AnswerKind::kTruncated) return;
  const auto& notes = scratch_.notes;
  const bool negative = view_.kind_ == AnswerKind::kNoData || view_.kind_ == AnswerKind::kNxDomain;
  for (std::size_t first = 0; first < notes.size();) {
    const QType type = type_of(notes[first]);
    std::size_t last = first + 1;
    bool differs = false;
    while (last < notes.size() && notes[last].section == notes[first].section && type_of(notes[last]) == type &&
           class_of(notes[last]) == class_of(notes[first])) {
      differs = differs || ttl_of(notes[last]) != ttl_of(notes[first]);
      ++last;
    }
    if (differs && type != QType::kRrsig && type != QType::kSig) level_run(first, last);
    first = last;
  }
  if (negative && view_.has_soa_) lower_ttl(soa_record_, view_.negative_ttl_sec_);
}

/// Records [first, last) have one section, type and class; neighbours with one owner are an RRset.
void ResponseParser::level_run(std::size_t first, std::size_t last) noexcept {
  const auto& notes = scratch_.notes;
  while (first < last) {
    std::uint32_t lowest = ttl_of(notes[first]);
    std::size_t end = first + 1;
    for (; end < last && names_.equal(notes[end].owner_at, notes[first].owner_at); ++end) {
      lowest = std::min(lowest, ttl_of(notes[end]));
    }
    for (; first < end; ++first) lower_ttl(first, lowest);
  }
}

void ResponseParser::lower_ttl(std::size_t record, std::uint32_t ttl_sec) noexcept {
  base::Bytes& records = view_.image_.records;
  const std::size_t offset = scratch_.ttl_offsets[record];
  if (std::min(base::load_be32(records.data() + offset), kMaxTtlSec) <= ttl_sec) return;
  std::byte* out = scratch_.records.data();
  if (records.data() != out) {
    std::copy(records.begin(), records.end(), out);
    records = base::Bytes(out, records.size());
  }
  base::store_be32(out + offset, ttl_sec);
}

}  // namespace dns
