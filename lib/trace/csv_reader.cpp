// SPDX-License-Identifier: Apache-2.0
// A table with a header line that names its columns; without one the columns are convert's.
#include <algorithm>
#include <charconv>

#include "columns.hpp"
#include "dns/text.hpp"
#include "line_source.hpp"
#include "retry_names.hpp"
#include "text_readers.hpp"
#include "timestamps.hpp"

namespace trace {
namespace {

constexpr std::size_t kMaxFields = 64;

/// Fields of a line: "a,b", also in double quotes, where two of them stand for one.
class Fields {
 public:
  [[nodiscard]] bool split(std::string_view line) {
    count_ = 0;
    text_.assign(line);
    for (std::size_t at = 0; count_ < kMaxFields;) {
      if (!take(at)) return false;
      if (at >= text_.size()) return true;
      ++at;  // the comma
      if (at == text_.size()) {
        if (count_ == kMaxFields) return false;
        fields_[count_++] = {};
        return true;
      }
    }
    return false;
  }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] std::string_view operator[](std::size_t index) const noexcept { return fields_[index]; }

 private:
  bool take(std::size_t& at) {
    if (at >= text_.size() || text_[at] != '"') {
      const std::size_t end = std::min(text_.find(',', at), text_.size());
      fields_[count_++] = trim(std::string_view(text_).substr(at, end - at));
      at = end;
      return true;
    }
    const std::size_t begin = ++at;
    std::size_t to = begin;  // the field moves together where two quotes become one
    while (at < text_.size()) {
      if (text_[at] == '"') {
        if (at + 1 >= text_.size() || text_[at + 1] != '"') break;
        ++at;
      }
      text_[to++] = text_[at++];
    }
    if (at >= text_.size()) return false;  // no closing quote
    fields_[count_++] = std::string_view(text_).substr(begin, to - begin);
    ++at;
    return at == text_.size() || text_[at] == ',';
  }
  static std::string_view trim(std::string_view text) noexcept {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
  }
  std::string text_;
  std::array<std::string_view, kMaxFields> fields_;
  std::size_t count_ = 0;
};

template <class T>
bool read_number(std::string_view text, T& value) noexcept {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

/// A mnemonic or a number.
bool read_rcode(std::string_view text, std::uint8_t& rcode) noexcept {
  if (read_number(text, rcode)) return true;
  for (unsigned value = 0; value < 24; ++value) {
    dns::TypeText room;
    if (dns::rcode_to_text(static_cast<dns::Rcode>(value), room) == text) {
      rcode = static_cast<std::uint8_t>(value);
      return true;
    }
  }
  return false;
}

class CsvSource final : public LineSource {
 public:
  CsvSource(File file, Dictionary& dictionary, double rate)
      : LineSource(std::move(file), Format::kCsv, dictionary), made_up_(rate) {
    set_default_columns();
  }

 private:
  Line parse(std::string_view line, Event& event) override;
  void begin_again() override {
    is_first_ = true;
    made_up_.begin_again();
    set_default_columns();
  }
  void set_default_columns() {
    for (std::size_t i = 0; i < kColumns; ++i) columns_[i] = static_cast<Column>(i);
    count_ = kColumns;
  }
  [[nodiscard]] bool take_header();
  [[nodiscard]] bool take_time(std::string_view text, Event& event);
  /// Everything but question and client.
  [[nodiscard]] bool take_field(Column column, std::string_view text, Event& event);

  Fields fields_;
  std::array<Column, kMaxFields> columns_{};
  std::size_t count_ = 0;
  bool is_first_ = true;
  MadeUpTimes made_up_;  // where no column has them
  dns::QClass qclass_{};
  RetryProfile retry_{};
};

bool CsvSource::take_header() {
  bool names_some = false;
  std::array<Column, kMaxFields> columns{};
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    columns[i] = column_from_name(fields_[i]);
    names_some = names_some || columns[i] == Column::kQname;
  }
  if (!names_some) return false;
  columns_ = columns;
  count_ = fields_.size();
  const auto has_time = [](Column column) { return column == Column::kTime; };
  mutable_info().has_times = std::ranges::any_of(std::span(columns).first(count_), has_time);
  return true;
}

bool CsvSource::take_time(std::string_view text, Event& event) {
  if (const auto since = read_seconds(text)) {
    event.at_ns = *since >= kFirstUnixNs ? since_origin(*since) : *since;
    return true;
  }
  const auto stamp = read_stamp(text);
  if (!stamp || stamp->chars != text.size()) return false;
  event.at_ns = since_origin(stamp->unix_ns);
  return true;
}

bool CsvSource::take_field(Column column, std::string_view text, Event& event) {
  if (text.empty()) return column != Column::kTime;
  switch (column) {
    case Column::kTime:
      return take_time(text, event);
    case Column::kTtl:
      return read_number(text, event.ttl_sec);
    case Column::kRcode:
      return read_rcode(text, event.rcode);
    case Column::kBytes:
      return read_number(text, event.answer_bytes);
    case Column::kFlags: {
      const auto flags = flags_from_text(text);
      event.flags = flags.value_or(0);
      return flags.has_value();
    }
    case Column::kQclass: {
      const auto qclass = dns::class_from_text(text);
      qclass_ = qclass.value_or(dns::QClass::kIn);
      return qclass.has_value();
    }
    case Column::kRetry: {
      const auto retry = retry_from_name(text);
      retry_ = retry.value_or(RetryProfile::kUnknown);
      return retry.has_value();
    }
    case Column::kClient:
    case Column::kQname:
    case Column::kQtype:
    case Column::kOther:
      break;
  }
  return true;
}

Line CsvSource::parse(std::string_view line, Event& event) {
  if (line.empty() || line.front() == '#') return Line::kNothing;
  if (!fields_.split(line)) return Line::kBroken;
  const bool was_first = std::exchange(is_first_, false);
  if (was_first && take_header()) return Line::kNothing;
  std::string_view qname;
  std::string_view qtype = "A";
  std::string_view client = "0.0.0.0";
  qclass_ = dns::QClass::kIn;
  retry_ = RetryProfile::kUnknown;
  if (fields_.size() > count_) return Line::kBroken;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (columns_[i] == Column::kQname) qname = fields_[i];
    if (columns_[i] == Column::kQtype && !fields_[i].empty()) qtype = fields_[i];
    if (columns_[i] == Column::kClient && !fields_[i].empty()) client = fields_[i];
    if (!take_field(columns_[i], fields_[i], event)) return Line::kBroken;
  }
  const auto type = dns::type_from_text(qtype);
  if (qname.empty() || !type) return Line::kBroken;
  const Line what = refer(qname, *type, qclass_, client, retry_, event);
  if (what == Line::kEvent && !info().has_times) event.at_ns = made_up_.next_ns();
  return what;
}

}  // namespace

std::unique_ptr<Source> read_csv(File file, Dictionary& dictionary, double rate) {
  return std::make_unique<CsvSource>(std::move(file), dictionary, rate);
}

}  // namespace trace
