// SPDX-License-Identifier: Apache-2.0
/// @file local_answers.hpp – the answers of local data, as text that ldns made of the message.
///
/// Purpose    every prepared answer goes through the reply writer and through a parser of another project.
/// Threads    value type; borrows the tables.
#pragma once

#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <ldns/ldns.h>

#include "base/keyed_hash.hpp"
#include "dns/answer.hpp"
#include "dns/name.hpp"
#include "dns/text.hpp"
#include "policy/local_data.hpp"

namespace test {

class LocalAnswers {
 public:
  explicit LocalAnswers(const policy::LocalTables& tables)
      : slots_(policy::LocalData::slots_for(tables.names.size())),
        data_(*policy::LocalData::create(tables, slots_, hash_)) {}

  [[nodiscard]] const policy::LocalData& data() const { return data_; }

  /// "www.example.", "A" → "NOERROR: www.example. 60 IN A 192.0.2.1"; records of authority after " / ". "upstream"
  /// when local data has no answer, "unreadable" when ldns cannot read the reply.
  [[nodiscard]] std::string ask(std::string_view qname, std::string_view qtype) const {
    dns::NameWire room;
    const base::Bytes spelled = dns::name_from_text(qname, room);
    std::vector<std::byte> folded(spelled.size());
    dns::fold(spelled, folded.data());
    const dns::QType type = dns::type_from_text(qtype).value();
    const dns::AnswerImage* image = data_.find(folded, type);
    if (image == nullptr) return "upstream";
    dns::ClientState client;
    client.limit_bytes = 65'535;
    std::vector<std::byte> message(dns::kMaxMessageBytes);
    const std::size_t end = dns::write_question(message, folded, dns::case_of(spelled), type, dns::QClass::kIn, client);
    const std::size_t bytes = dns::write_answer(message, end, client, *image, {.floor_sec = 0}, dns::Ede::kNone);
    return text_of(base::Bytes(message).first(bytes));
  }

 private:
  static std::string lines_of(const ldns_rr_list* list) {
    std::string text;
    for (std::size_t i = 0; i < ldns_rr_list_rr_count(list); ++i) {
      const std::unique_ptr<char, decltype(&std::free)> line(ldns_rr2str(ldns_rr_list_rr(list, i)), &std::free);
      if (!text.empty()) text += "; ";
      for (const char c : std::string_view(line.get())) {
        if (c != '\n') text += c == '\t' ? ' ' : c;
      }
    }
    return text;
  }
  static std::string text_of(base::Bytes message) {
    std::vector<std::uint8_t> octets;
    for (const std::byte b : message) octets.push_back(std::to_integer<std::uint8_t>(b));
    ldns_pkt* parsed = nullptr;
    if (ldns_wire2pkt(&parsed, octets.data(), octets.size()) != LDNS_STATUS_OK) return "unreadable";
    const std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)> packet(parsed, &ldns_pkt_free);
    dns::TypeText rcode;
    std::string text(dns::rcode_to_text(static_cast<dns::Rcode>(ldns_pkt_get_rcode(parsed)), rcode));
    const std::string answer = lines_of(ldns_pkt_answer(parsed));
    const std::string authority = lines_of(ldns_pkt_authority(parsed));
    if (!answer.empty()) text += ": " + answer;
    if (!authority.empty()) text += " / " + authority;
    return text;
  }

  base::KeyedHash hash_{base::KeyedHash::Secret{std::byte{7}}};
  std::vector<policy::LocalData::Slot> slots_;
  policy::LocalData data_;
};

}  // namespace test
