// SPDX-License-Identifier: Apache-2.0
#include "support/dns_reference.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace test {

namespace {

using Bytes = std::string_view;

struct Refused {
  Flaw flaw;
};

unsigned byte_at(Bytes m, std::size_t at) {
  if (at >= m.size()) throw Refused{Flaw::kCut};
  return static_cast<unsigned char>(m[at]);
}
unsigned u16_at(Bytes m, std::size_t at) { return byte_at(m, at) << 8U | byte_at(m, at + 1); }
std::uint32_t u32_at(Bytes m, std::size_t at) { return std::uint32_t{u16_at(m, at)} << 16U | u16_at(m, at + 2); }

struct Name {
  std::string wire;
  std::size_t end = 0;
  std::size_t first_target = 0;     // 0: not compressed
  std::set<std::size_t> far_bytes;  // reached through pointers
};

Name read_name(Bytes m, std::size_t start) {
  Name name;
  std::size_t at = start;
  std::size_t segment = start;
  std::size_t limit = m.size();
  for (unsigned pointers = 0;;) {
    const unsigned length = byte_at(m, at);
    const std::size_t step = length >= 0xc0 ? 2 : length + 1;
    if (length > 63 && length < 0xc0) throw Refused{Flaw::kLabelType};
    if (at + step > limit) throw Refused{pointers == 0 ? Flaw::kCut : Flaw::kName};
    if (pointers != 0) {
      for (std::size_t i = at; i < at + step; ++i) name.far_bytes.insert(i);
    } else {
      name.end = at + step;
    }
    if (length < 0xc0) {
      name.wire += m.substr(at, step);
      if (name.wire.size() > 255) throw Refused{Flaw::kName};
      if (length == 0) return name;
      at += step;
      continue;
    }
    const std::size_t target = u16_at(m, at) & 0x3fffU;
    if (target < 12 || target >= segment || ++pointers > 128) throw Refused{Flaw::kName};
    if (pointers == 1) name.first_target = target;
    limit = segment;
    segment = at = target;
  }
}

/// n name, digits: bytes, s character string, * whatever follows.
Bytes layout_of(unsigned type) {
  static const std::map<unsigned, Bytes> kLayouts{
      {2, "n"},     {3, "n"},    {4, "n"},   {5, "n"},   {6, "nn992"},  {7, "n"},   {8, "n"},
      {9, "n"},     {12, "n"},   {14, "nn"}, {15, "2n"}, {17, "nn"},    {18, "2n"}, {21, "2n"},
      {24, "99n*"}, {26, "2nn"}, {30, "n*"}, {33, "6n"}, {35, "4sssn"}, {36, "2n"}, {39, "n"}};
  const auto found = kLayouts.find(type);
  return found == kLayouts.end() ? "*" : found->second;
}

class Reader {
 public:
  Reader(Bytes message, Role role) : m_(message), role_(role) {}

  ReferenceMessage read() {
    try {
      read_all();
    } catch (const Refused& refused) {
      out_.flaw = refused.flaw;
    }
    return out_;
  }

 private:
  void read_all() {
    if (m_.size() < 12) throw Refused{Flaw::kCut};
    out_.id = u16_at(m_, 0);
    out_.flags = u16_at(m_, 2);
    for (std::size_t i = 0; i < 4; ++i) out_.counts[i] = u16_at(m_, 4 + 2 * i);
    const bool is_reply = (out_.flags & 0x8000U) != 0;
    if (is_reply != (role_ == Role::kReply) || (out_.flags & 0x7800U) != 0 || out_.counts[0] != 1) {
      throw Refused{Flaw::kHeader};
    }
    if (role_ == Role::kQuery && (out_.counts[1] != 0 || out_.counts[2] != 0 || out_.counts[3] > 4)) {
      throw Refused{Flaw::kCounts};
    }
    const Name qname = read_name(m_, 12);
    if (qname.first_target != 0) throw Refused{Flaw::kCompressed};
    out_.qname = qname.wire;
    out_.qtype = u16_at(m_, qname.end);
    out_.qclass = u16_at(m_, qname.end + 2);
    at_ = out_.question_end = qname.end + 4;
    for (unsigned section = 0; section < 3; ++section) {
      for (unsigned i = 0; i < out_.counts[section + 1]; ++i) read_record(section);
    }
    if (at_ != m_.size()) throw Refused{Flaw::kTrailing};
    if (broken_by_cut_) throw Refused{Flaw::kOnMoving};
  }

  void check_far_bytes(const Name& name) {
    if (role_ == Role::kQuery) return;
    for (const std::size_t at : name.far_bytes) {
      if (moving_.count(at) != 0) throw Refused{Flaw::kOnMoving};
    }
    if (out_.has_opt && name.first_target >= out_.opt_at) broken_by_cut_ = true;
  }

  void read_record(unsigned section) {
    const std::size_t start = at_;
    const Name owner = read_name(m_, at_);
    check_far_bytes(owner);
    ReferenceRecord record;
    record.section = section;
    record.owner = owner.wire;
    record.type = u16_at(m_, owner.end);
    record.klass = u16_at(m_, owner.end + 2);
    record.ttl = u32_at(m_, owner.end + 4);
    record.ttl_at = owner.end + 4;
    const unsigned rdlength = u16_at(m_, owner.end + 8);
    const std::size_t rdata_at = owner.end + 10;
    if (rdata_at + rdlength > m_.size()) throw Refused{Flaw::kCut};
    at_ = rdata_at + rdlength;
    if (record.type == 41) {
      read_opt(section, start, owner, record, m_.substr(rdata_at, rdlength));
      return;
    }
    if (role_ == Role::kReply) {
      if (out_.records.size() == 512) throw Refused{Flaw::kTooMany};
      for (std::size_t i = 0; i < 4; ++i) moving_.insert(record.ttl_at + i);
      const bool is_address = record.klass == 1 && (record.type == 1 || record.type == 28);
      for (std::size_t i = 0; i < rdlength && is_address; ++i) moving_.insert(rdata_at + i);
      record.rdata = read_rdata(record, rdata_at, at_);
      record.rdata_is_checked = true;
    } else {
      record.rdata = m_.substr(rdata_at, rdlength);
    }
    out_.records.push_back(record);
  }

  void read_opt(unsigned section, std::size_t start, const Name& owner, const ReferenceRecord& record, Bytes rdata) {
    if (section != 2 || out_.has_opt || owner.end != start + 1) throw Refused{Flaw::kOpt};
    out_.has_opt = true;
    out_.opt_at = start;
    out_.opt_end = at_;
    out_.opt_payload = record.klass;
    out_.opt_ttl = record.ttl;
    for (std::size_t i = start; i < at_; ++i) moving_.insert(i);
    if ((record.ttl >> 16U & 0xffU) != 0) return;  // another version
    bool has_cookie = false;                       // the first one counts
    for (unsigned options = 0; !rdata.empty(); ++options) {
      if (options == 32 || rdata.size() < 4) throw Refused{Flaw::kOptions};
      const unsigned code = u16_at(rdata, 0);
      const std::size_t length = u16_at(rdata, 2);
      if (rdata.size() - 4 < length) throw Refused{Flaw::kOptions};
      const bool is_cookie_length = length == 8 || (length >= 16 && length <= 40);
      if (code == 10 && !has_cookie && !is_cookie_length) throw Refused{Flaw::kOptions};
      has_cookie = has_cookie || code == 10;
      rdata.remove_prefix(4 + length);
    }
  }

  std::string read_rdata(const ReferenceRecord& record, std::size_t at, std::size_t end) {
    const std::size_t size = end - at;
    if (record.klass == 1 && ((record.type == 1 && size != 4) || (record.type == 28 && size != 16))) {
      throw Refused{Flaw::kRdata};
    }
    std::string out;
    for (const char part : layout_of(record.type)) {
      std::size_t step = 0;
      if (part == '*') step = end - at;
      if (part == 's') step = 1 + std::size_t{at < end ? byte_at(m_, at) : end - at};
      if (part >= '1' && part <= '9') step = static_cast<std::size_t>(part - '0');
      if (part == 'n') {
        const Name name = name_in_rdata(at);
        out += name.wire;
        at = name.end;
      }
      if (at + step > end) throw Refused{Flaw::kRdata};
      out += m_.substr(at, step);
      at += step;
    }
    if (at != end) throw Refused{Flaw::kRdata};
    return out;
  }

  Name name_in_rdata(std::size_t at) {
    try {
      Name name = read_name(m_, at);
      check_far_bytes(name);
      return name;
    } catch (const Refused& refused) {
      throw Refused{refused.flaw == Flaw::kOnMoving ? Flaw::kOnMoving : Flaw::kRdata};
    }
  }

  Bytes m_;
  Role role_;
  ReferenceMessage out_;
  std::size_t at_ = 0;
  std::set<std::size_t> moving_;
  bool broken_by_cut_ = false;
};

std::uint32_t sane(std::uint32_t ttl) { return std::min<std::uint32_t>(ttl, 0x7fff'ffff); }

}  // namespace

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

ReferenceMessage reference_parse(std::string_view message, Role role) {
  if (message.size() > 65'535) {
    ReferenceMessage refused;
    refused.flaw = Flaw::kTrailing;
    return refused;
  }
  return Reader(message, role).read();
}

ReferenceKind reference_kind(const ReferenceMessage& message) {
  const unsigned rcode = (message.flags & 0xfU) | (message.has_opt ? message.opt_ttl >> 24U << 4U : 0U);
  if ((message.flags & 0x0200U) != 0) return ReferenceKind::kTruncated;
  if (rcode == 3) return ReferenceKind::kNxDomain;
  if (rcode != 0) return ReferenceKind::kFailure;
  const auto authority_has = [&](unsigned type) {
    return std::any_of(message.records.begin(), message.records.end(),
                       [&](const ReferenceRecord& r) { return r.section == 1 && r.type == type; });
  };
  const bool any = message.qtype >= 253 && message.qtype <= 255;
  if (message.counts[1] == 0) {
    return authority_has(2) && !authority_has(6) ? ReferenceKind::kFailure : ReferenceKind::kNoData;
  }
  std::string name = lower(message.qname);
  std::size_t from = 0;
  for (unsigned hop = 0; hop <= 32; ++hop) {
    const ReferenceRecord* alias = nullptr;
    for (std::size_t i = 0; i < message.counts[1] && alias == nullptr; ++i) {
      const ReferenceRecord& r = message.records[(from + i) % message.counts[1]];
      if ((r.klass != message.qclass && message.qclass != 255) || lower(r.owner) != name) continue;
      if (any || r.type == message.qtype) return ReferenceKind::kPositive;
      if (r.type == 5) alias = &r;
    }
    if (alias == nullptr) return hop != 0 || authority_has(6) ? ReferenceKind::kNoData : ReferenceKind::kFailure;
    name = lower(alias->rdata);
    from = static_cast<std::size_t>(alias - message.records.data()) + 1;
  }
  return ReferenceKind::kFailure;
}

std::vector<std::uint32_t> reference_ttls(const ReferenceMessage& message) {
  std::vector<std::uint32_t> ttls;
  for (const ReferenceRecord& r : message.records) ttls.push_back(r.ttl);
  const ReferenceKind kind = reference_kind(message);
  if (kind == ReferenceKind::kTruncated) return ttls;
  const auto same_set = [&](std::size_t a, std::size_t b) {
    const ReferenceRecord& x = message.records[a];
    const ReferenceRecord& y = message.records[b];
    return x.section == y.section && x.type == y.type && x.klass == y.klass && lower(x.owner) == lower(y.owner);
  };
  for (std::size_t first = 0; first < ttls.size();) {
    std::size_t last = first + 1;
    while (last < ttls.size() && same_set(first, last)) ++last;
    std::uint32_t lowest = 0x7fff'ffff;
    bool differs = false;
    for (std::size_t i = first; i < last; ++i) {
      lowest = std::min(lowest, ttls[i]);
      differs = differs || sane(ttls[i]) != sane(ttls[first]);
    }
    const bool is_signature = message.records[first].type == 46 || message.records[first].type == 24;
    for (std::size_t i = first; i < last && differs && !is_signature; ++i) ttls[i] = lowest;
    first = last;
  }
  if (kind != ReferenceKind::kNoData && kind != ReferenceKind::kNxDomain) return ttls;
  for (std::size_t i = 0; i < ttls.size(); ++i) {
    const ReferenceRecord& r = message.records[i];
    if (r.section != 1 || r.type != 6) continue;
    const std::uint32_t minimum = sane(u32_at(r.rdata, r.rdata.size() - 4));
    if (minimum < sane(ttls[i])) ttls[i] = minimum;
    break;
  }
  return ttls;
}

bool ldns_agrees_on_rdata(const ReferenceRecord& record) {
  static const std::set<unsigned> kSame{1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 14, 15, 17, 18, 21, 26, 28, 33, 35, 36, 39};
  return record.rdata_is_checked && (record.type >= 65'280 || (record.klass == 1 && kSame.count(record.type) != 0));
}

}  // namespace test
