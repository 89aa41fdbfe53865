// SPDX-License-Identifier: Apache-2.0
// dnsperf's query files: "name type" a line, comments by ';' and '#'. Times are made up at a steady rate, and all
// questions are one client's.
#include "line_source.hpp"
#include "text_readers.hpp"

namespace trace {
namespace {

class DnsperfSource final : public LineSource {
 public:
  DnsperfSource(File file, Dictionary& dictionary, double rate)
      : LineSource(std::move(file), Format::kDnsperf, dictionary), times_(rate) {
    mutable_info().has_times = false;
  }

 private:
  Line parse(std::string_view line, Event& event) override {
    constexpr std::string_view kBlanks = " \t";
    const std::size_t begin = line.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos || line[begin] == ';' || line[begin] == '#') return Line::kNothing;
    line.remove_prefix(begin);
    const std::size_t name_end = line.find_first_of(kBlanks);
    const std::size_t type_at =
        name_end == std::string_view::npos ? name_end : line.find_first_not_of(kBlanks, name_end);
    if (type_at == std::string_view::npos) return Line::kBroken;
    const std::string_view rest = line.substr(type_at);
    const Line what = refer(line.substr(0, name_end), rest.substr(0, rest.find_first_of(kBlanks)), "0.0.0.0", event);
    if (what == Line::kEvent) event.at_ns = times_.next_ns();
    return what;
  }
  void begin_again() override { times_.begin_again(); }

  MadeUpTimes times_;
};

}  // namespace

std::unique_ptr<Source> read_dnsperf(File file, Dictionary& dictionary, double rate) {
  return std::make_unique<DnsperfSource>(std::move(file), dictionary, rate);
}

}  // namespace trace
