// SPDX-License-Identifier: Apache-2.0
/// @file generators.hpp – random DNS messages, well formed or mutated.
#pragma once

#include <string>
#include <vector>

#include <rapidcheck.h>

#include "support/dns_wire.hpp"

namespace gen {

using test::Wire;

template <class T>
T below(T limit) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<T>(0, limit));  // evenly, also in the first cases
}
inline bool one_in(unsigned n) { return below(n) == 0; }

inline std::uint32_t any_ttl() {
  return *rc::gen::oneOf(rc::gen::element<std::uint32_t>(0, 1, 60, 300, 0x7fff'ffff, 0x8000'0000, 0xffff'ffff),
                         rc::gen::inRange<std::uint32_t>(0, 100'000));
}

/// A few labels in random letter case, so that names meet each other again; now and then any bytes.
inline std::string any_label() {
  std::string label = *rc::gen::element<std::string>("www", "example", "com", "a", "net", "x-1", std::string(63, 'l'));
  if (one_in(12)) label = *rc::gen::nonEmpty(rc::gen::resize(20, rc::gen::string<std::string>()));
  for (char& c : label) {
    if (c >= 'a' && c <= 'z' && one_in(3)) c = static_cast<char>(c - 32);
  }
  return label.substr(0, 63);
}

/// Wire form of a plain name.
inline std::string any_name() {
  std::string name;
  const std::size_t labels = below<std::size_t>(6);
  for (std::size_t i = 0; i < labels; ++i) {
    const std::string label = any_label();
    if (name.size() + label.size() + 2 > 255) break;
    name += static_cast<char>(label.size());
    name += label;
  }
  return name + '\0';
}

/// Builds one message and remembers where names start, so that later ones may point there.
class Message {
 public:
  explicit Message(const std::string& qname) : qname_(qname) {}

  Wire& wire() { return wire_; }
  /// A name: new, or some labels and a pointer to an earlier one.
  void put_name(Wire& out, std::size_t out_at) {
    const bool again = !places_.empty() && !one_in(3);
    if (again) {
      if (one_in(4)) out.u8(1).raw("n");
      out.pointer(*rc::gen::elementOf(places_));
      return;
    }
    if (out_at < 0x4000) fresh_.push_back(out_at);
    out.raw(one_in(2) ? qname_ : any_name());
  }
  void note_place(std::size_t at) { places_.push_back(at); }

  enum class Owner { kAny, kQname };
  void put_record(unsigned type, Owner owner = Owner::kAny) {
    if (owner == Owner::kQname)
      wire_.pointer(12);
    else
      put_name(wire_, wire_.size());
    const std::size_t rdata_at = wire_.size() + 10;
    Wire rdata;
    put_rdata(rdata, type, rdata_at);
    wire_.fields(type, any_ttl(), rdata);
    places_.insert(places_.end(), fresh_.begin(), fresh_.end());
    fresh_.clear();
  }

 private:
  void put_rdata(Wire& out, unsigned type, std::size_t at) {
    const auto name = [&] { put_name(out, at + out.size()); };
    switch (type) {
      case 1:
        out.append(test::ipv4(below(255U)).view());
        return;
      case 28:
        out.zeros(16);
        return;
      case 2:
      case 5:
      case 12:
      case 39:
        name();
        return;
      case 6:
        name();
        name();
        out.zeros(16).u32(any_ttl());
        return;
      case 15:
        out.u16(10);
        name();
        return;
      case 17:
        name();
        name();
        return;
      case 33:
        out.zeros(6);
        name();
        return;
      case 35:
        out.zeros(4).u8(1).raw("u").u8(0).u8(2).raw("ab");
        name();
        return;
      default:
        out.raw(*rc::gen::resize(30, rc::gen::string<std::string>()));
    }
  }

  std::string qname_;
  Wire wire_;
  std::vector<std::size_t> places_;
  std::vector<std::size_t> fresh_;
};

inline void put_opt(Wire& out) {
  Wire options;
  const unsigned count = below(4U);
  for (unsigned i = 0; i < count; ++i) {
    if (one_in(2))
      options.option(10, Wire().zeros(*rc::gen::element<std::size_t>(8, 16, 40)));
    else
      options.option(3 + 12'000 * below(2U));
  }
  const std::uint32_t high = *rc::gen::element<std::uint32_t>(0, 0, 0x0001'0000, 0x0100'0000);
  out.opt(*rc::gen::element(0U, 512U, 600U, 1232U, 4096U), high | *rc::gen::element<std::uint32_t>(0, 0x8000, 0x7fff),
          options);
}

inline unsigned any_type() {
  return *rc::gen::element(1U, 1U, 1U, 5U, 5U, 28U, 2U, 6U, 12U, 15U, 16U, 17U, 33U, 35U, 39U, 46U, 65'280U);
}

struct Question {
  std::string qname;
  unsigned qtype = 1;
  unsigned qclass = 1;
};
inline Question any_question() {
  return {any_name(), *rc::gen::element(1U, 1U, 5U, 28U, 255U, 65'280U), one_in(20) ? 3U : 1U};
}

inline Wire any_query(const Question& question) {
  const bool opt = !one_in(3);
  Wire wire = Wire().header(below(0x10000U), below(0x10000U) & 0x07ffU, 1, 0, 0, opt ? 1 : 0);
  wire.raw(question.qname).u16(question.qtype).u16(question.qclass);
  if (opt) put_opt(wire);
  return wire;
}

inline Wire any_response(const Question& question) {
  const unsigned counts[] = {below(5U), below(3U), below(4U)};
  const bool opt = !one_in(3);
  const unsigned opt_at = one_in(4) ? below(counts[2] + 1) : counts[2];
  const unsigned flags = test::kReplyFlags | (below(0x10000U) & 0x0430U) | (one_in(10) ? 0x0200U : 0U);
  const unsigned rcode = *rc::gen::element(0U, 0U, 0U, 0U, 3U, 2U, 5U);
  Message message(question.qname);
  Wire& wire = message.wire();
  wire.header(below(0x10000U), flags | rcode, 1, counts[0], counts[1], counts[2] + (opt ? 1 : 0));
  wire.raw(question.qname).u16(question.qtype).u16(question.qclass);
  message.note_place(12);
  for (unsigned section = 0; section < 3; ++section) {
    for (unsigned i = 0; i < counts[section]; ++i) {
      if (opt && section == 2 && i == opt_at) put_opt(wire);
      const bool about_qname = section == 0 && one_in(3);
      if (about_qname)
        message.put_record(one_in(3) ? 5 : question.qtype % 255, Message::Owner::kQname);
      else
        message.put_record(section == 1 && one_in(2) ? 6 : any_type());
    }
  }
  if (opt && opt_at == counts[2]) put_opt(wire);
  return wire;
}

/// One to three small damages.
inline Wire mutated(Wire wire) {
  auto& bytes = wire.bytes();
  const unsigned damages = 1 + below(3U);
  for (unsigned i = 0; i < damages && !bytes.empty(); ++i) {
    const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size()));
    switch (below(6U)) {
      case 0:
        *at ^= static_cast<std::byte>(1U << below(8U));
        break;
      case 1:
        *at = static_cast<std::byte>(below(256U));
        break;
      case 2:
        bytes.erase(at);
        break;
      case 3:
        bytes.insert(at, static_cast<std::byte>(below(256U)));
        break;
      case 4:
        bytes.erase(at, bytes.end());
        break;
      default:
        *at = *rc::gen::element(std::byte{0xc0}, std::byte{0}, std::byte{63}, std::byte{64}, std::byte{0xff});
    }
  }
  return wire;
}

}  // namespace gen
