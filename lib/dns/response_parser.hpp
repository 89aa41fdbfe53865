// SPDX-License-Identifier: Apache-2.0
/// @file response_parser.hpp – the stages behind ResponseView::parse, in the order in which they run; private.
///
/// Lifetime   lives for one parse; borrows message, scratch and the view that it fills.
#pragma once

#include "dns/response.hpp"
#include "name_table.hpp"

namespace dns {

class ResponseParser {
 public:
  ResponseParser(base::Bytes message, ResponseScratch& scratch, ResponseView& view) noexcept
      : message_(message), scratch_(scratch), view_(view), names_(message, scratch.names) {}

  [[nodiscard]] bool read_question(base::ByteReader& in) noexcept;
  /// Checks every record and notes its position.
  [[nodiscard]] bool read_records(base::ByteReader& in) noexcept;
  [[nodiscard]] ResponseReject reject() const noexcept;

  /// Makes the image: the message's own bytes when the OPT is missing or last, else a copy without it.
  void cut_opt() noexcept;
  /// TTL offsets of the image, the smallest TTL, the SOA's negative TTL.
  void note_ttls() noexcept;
  /// Classifies the answer.
  void judge() noexcept;
  /// One TTL for each RRset, the negative TTL for a negative answer's SOA.
  void level_ttls() noexcept;

  [[nodiscard]] bool is_too_complex() const noexcept { return too_many_records_ || names_.out_of_steps(); }

 private:
  enum class Step : std::uint8_t { kFound, kAlias, kNothing };

  void read_record(base::ByteReader& in, std::uint8_t section) noexcept;
  void read_opt(base::ByteReader& in, std::size_t owner_at, std::size_t fields_at, std::uint8_t section) noexcept;
  [[nodiscard]] AnswerKind follow_chain() noexcept;
  [[nodiscard]] Step look_for(std::size_t& name_at, std::size_t& from_record) noexcept;
  [[nodiscard]] bool is_referral() const noexcept;
  void level_run(std::size_t first, std::size_t last) noexcept;
  void lower_ttl(std::size_t record, std::uint32_t ttl_sec) noexcept;

  [[nodiscard]] QType type_of(const RecordNote& note) const noexcept;
  [[nodiscard]] QClass class_of(const RecordNote& note) const noexcept;
  [[nodiscard]] std::uint32_t ttl_of(const RecordNote& note) const noexcept;
  [[nodiscard]] std::size_t answers() const noexcept { return view_.image_.ancount; }

  base::Bytes message_;
  ResponseScratch& scratch_;
  ResponseView& view_;
  NameTable names_;
  std::size_t question_end_ = 0;
  std::size_t opt_at_ = 0;  // 0: no OPT
  std::size_t opt_end_ = 0;
  std::size_t soa_record_ = 0;  // when has_soa()
  bool too_many_records_ = false;
};

}  // namespace dns
