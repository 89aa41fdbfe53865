// SPDX-License-Identifier: Apache-2.0
// dnsmasq's log-queries, plain and extra:
//   Nov 26 04:34:14 dnsmasq[123]: query[A] www.example from 10.0.0.1
//   Nov 26 04:34:14 dnsmasq[123]: 5 10.0.0.1/4242 query[A] www.example from 10.0.0.1
// Types without a mnemonic are query[type=65]. The other lines (forwarded, reply, cached …) are about answers, whose TTLs
// they do not have.
#include <string>

#include "stamped_source.hpp"
#include "text_readers.hpp"

namespace trace {
namespace {

class DnsmasqSource final : public StampedSource {
 public:
  DnsmasqSource(File file, Dictionary& dictionary) : StampedSource(std::move(file), Format::kDnsmasq, dictionary) {}

 private:
  Line parse(std::string_view line, Event& event) override {
    if (line.empty()) return Line::kNothing;
    constexpr std::string_view kQuery = "query[";
    constexpr std::string_view kFrom = " from ";
    const std::size_t query = line.find(kQuery);
    const bool is_word = query != std::string_view::npos && query > 0 && line[query - 1] == ' ';
    if (!is_word) return line.find("dnsmasq") == std::string_view::npos ? Line::kBroken : Line::kOther;
    const auto stamp = read_stamp(line);
    const std::size_t type_end = line.find(']', query);
    const std::size_t from = line.rfind(kFrom);
    if (!stamp || type_end == std::string_view::npos || from == std::string_view::npos || from < type_end + 2) {
      return Line::kBroken;
    }
    const std::string_view type = line.substr(query + kQuery.size(), type_end - query - kQuery.size());
    const std::string_view name = line.substr(type_end + 2, from - type_end - 2);
    const std::string_view client = line.substr(from + kFrom.size());
    place(*stamp, event);
    if (!type.starts_with("type=")) return refer(name, type, client, event);
    return refer(name, "TYPE" + std::string(type.substr(5)), client, event);
  }
};

}  // namespace

std::unique_ptr<Source> read_dnsmasq(File file, Dictionary& dictionary) {
  return std::make_unique<DnsmasqSource>(std::move(file), dictionary);
}

}  // namespace trace
