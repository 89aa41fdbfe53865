// SPDX-License-Identifier: Apache-2.0
// ResponseView::parse: runs the stages of response_parser.cpp.
#include "dns/response.hpp"

#include "response_parser.hpp"

namespace dns {

base::Outcome<ResponseView, ResponseReject> ResponseView::parse(base::Bytes message,
                                                                ResponseScratch& scratch) noexcept {
  if (message.size() < kHeaderBytes) return ResponseReject::kShort;
  ResponseView view;
  base::ByteReader in(message);
  view.header_ = Header::read(in);
  const Header& header = view.header_;
  if (!header.has(kFlagQr)) return ResponseReject::kIsQuery;
  if (header.opcode() != Opcode::kQuery) return ResponseReject::kOpcode;
  if (header.qdcount != 1) return ResponseReject::kQuestionCount;
  if (message.size() > kMaxMessageBytes) return ResponseReject::kMalformed;

  ResponseParser parser(message, scratch, view);
  if (!parser.read_question(in)) return ResponseReject::kMalformed;
  if (!parser.read_records(in)) return parser.reject();
  parser.cut_opt();
  parser.note_ttls();
  parser.judge();
  parser.level_ttls();
  if (parser.is_too_complex()) return ResponseReject::kTooComplex;
  return view;
}

}  // namespace dns
