// SPDX-License-Identifier: Apache-2.0
// BIND 9's query log, from a file or by way of syslog:
//   26-Nov-2026 04:34:14.123 queries: info: client @0x7f12 10.0.0.1#4242 (www.example): query: www.example IN A +E(0)TDC (10.0.0.53)
// Flags: + RD, S signed, E(n) EDNS, T TCP, D DO, C CD, V and K cookies.
#include "dns/text.hpp"
#include "stamped_source.hpp"
#include "text_readers.hpp"

namespace trace {
namespace {

/// Takes the next word off the front.
std::string_view word_of(std::string_view& text) noexcept {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

std::uint8_t flags_of(std::string_view word) noexcept {
  std::uint8_t flags = 0;
  for (const char letter : word) {
    if (letter == 'T') flags |= kOverTcp;
    if (letter == 'D') flags |= kDnssecOk;
    if (letter == 'C') flags |= kCheckingDisabled;
  }
  return flags;
}

class BindSource final : public StampedSource {
 public:
  BindSource(File file, Dictionary& dictionary) : StampedSource(std::move(file), Format::kBind, dictionary) {}

 private:
  Line parse(std::string_view line, Event& event) override {
    if (line.empty()) return Line::kNothing;
    constexpr std::string_view kQuery = ": query: ";
    constexpr std::string_view kClient = "client ";
    const std::size_t query = line.find(kQuery);
    const std::size_t client = line.find(kClient);
    if (query == std::string_view::npos) return read_stamp(line) ? Line::kOther : Line::kBroken;
    const auto stamp = read_stamp(line);
    if (!stamp || client == std::string_view::npos || client > query) return Line::kBroken;
    std::string_view who = line.substr(client + kClient.size(), query - client - kClient.size());
    if (who.starts_with('@')) static_cast<void>(word_of(who));
    const std::string_view address = who.substr(0, who.find('#'));
    std::string_view rest = line.substr(query + kQuery.size());
    const std::string_view name = word_of(rest);
    const auto qclass = dns::class_from_text(word_of(rest));
    const auto qtype = dns::type_from_text(word_of(rest));
    if (!qclass || !qtype) return Line::kBroken;
    event.flags = flags_of(word_of(rest));
    place(*stamp, event);
    return refer(name, *qtype, *qclass, address, RetryProfile::kUnknown, event);
  }
};

}  // namespace

std::unique_ptr<Source> read_bind(File file, Dictionary& dictionary) {
  return std::make_unique<BindSource>(std::move(file), dictionary);
}

}  // namespace trace
