// SPDX-License-Identifier: Apache-2.0
// Events to lines.
#include "text_writers.hpp"

#include <fmt/format.h>

#include "columns.hpp"
#include "dns/text.hpp"
#include "net/text.hpp"
#include "output.hpp"
#include "retry_names.hpp"
#include "timestamps.hpp"

namespace trace {
namespace {

constexpr std::size_t kFlushBytes = std::size_t{1} << 16U;

class TextWriter : public Writer {
 public:
  TextWriter(Output output, const Dictionary& dictionary) : output_(std::move(output)), dictionary_(dictionary) {}

  diag::Status write(std::span<const Event> events) final {
    for (const Event& event : events) {
      append(event, text_);
      if (text_.size() < kFlushBytes) continue;
      if (auto flushed = flush(); !flushed) return flushed;
    }
    return {};
  }
  diag::Status finish() final {
    return flush().and_then([&] { return output_.finish(); });
  }

 protected:
  [[nodiscard]] const Dictionary& dictionary() const noexcept { return dictionary_; }
  [[nodiscard]] fmt::memory_buffer& text() noexcept { return text_; }

 private:
  virtual void append(const Event& event, fmt::memory_buffer& to) = 0;
  [[nodiscard]] diag::Status flush() {
    auto written = output_.file().write(base::as_bytes_of(text_.data(), text_.size()));
    text_.clear();
    return written;
  }

  Output output_;
  const Dictionary& dictionary_;
  fmt::memory_buffer text_;
};

void append_text(fmt::memory_buffer& to, std::string_view text) { to.append(text.data(), text.data() + text.size()); }

/// Quoted when it contains a comma or a quote.
void append_field(fmt::memory_buffer& to, std::string_view text) {
  if (text.find_first_of(",\"#") == std::string_view::npos) return append_text(to, text);
  to.push_back('"');
  for (const char letter : text) {
    if (letter == '"') to.push_back('"');
    to.push_back(letter);
  }
  to.push_back('"');
}

class CsvWriter final : public TextWriter {
 public:
  CsvWriter(Output output, const Dictionary& dictionary, std::int64_t origin_unix_ns)
      : TextWriter(std::move(output), dictionary), origin_unix_ns_(origin_unix_ns) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      if (i != 0) text().push_back(',');
      append_text(text(), column_name(static_cast<Column>(i)));
    }
    text().push_back('\n');
  }

 private:
  void append(const Event& event, fmt::memory_buffer& to) override {
    const std::int64_t at_ns = origin_unix_ns_ + event.at_ns;
    const Question question = dictionary().question(event.question);
    const Client& client = dictionary().client(event.client);
    fmt::format_to(std::back_inserter(to), "{}.{:09},", at_ns / 1'000'000'000, at_ns % 1'000'000'000);
    append_text(to, net::to_text(client.address).view());
    to.push_back(',');
    append_field(to, dns::name_to_text(question.qname, name_));
    to.push_back(',');
    append_text(to, dns::type_to_text(question.qtype, type_));
    to.push_back(',');
    append_text(to, dns::class_to_text(question.qclass, type_));
    to.push_back(',');
    if (event.ttl_sec != kUnknownTtl) fmt::format_to(std::back_inserter(to), "{}", event.ttl_sec);
    to.push_back(',');
    if (event.rcode != kUnknownRcode) {
      append_text(to, dns::rcode_to_text(static_cast<dns::Rcode>(event.rcode), type_));
    }
    to.push_back(',');
    if (event.answer_bytes != kUnknownBytes) fmt::format_to(std::back_inserter(to), "{}", event.answer_bytes);
    to.push_back(',');
    append_text(to, flags_text(event.flags));
    to.push_back(',');
    append_text(to, retry_name(client.retry));
    to.push_back('\n');
  }

  std::int64_t origin_unix_ns_;
  dns::NameText name_;
  dns::TypeText type_;
};

class DnsperfWriter final : public TextWriter {
 public:
  using TextWriter::TextWriter;

 private:
  void append(const Event& event, fmt::memory_buffer& to) override {
    const Question question = dictionary().question(event.question);
    append_text(to, dns::name_to_text(question.qname, name_));
    to.push_back(' ');
    append_text(to, dns::type_to_text(question.qtype, type_));
    to.push_back('\n');
  }
  dns::NameText name_;
  dns::TypeText type_;
};

}  // namespace

diag::Result<std::unique_ptr<Writer>> create_csv(const std::string& path, const Dictionary& dictionary,
                                                 const Info& info) {
  auto output = Output::create(path);
  if (!output) return diag::fail(output.error());
  const std::int64_t origin_ns = info.origin_unix_ns < kFirstUnixNs ? 0 : info.origin_unix_ns;
  return std::make_unique<CsvWriter>(std::move(*output), dictionary, origin_ns);
}

diag::Result<std::unique_ptr<Writer>> create_dnsperf(const std::string& path, const Dictionary& dictionary) {
  auto output = Output::create(path);
  if (!output) return diag::fail(output.error());
  return std::make_unique<DnsperfWriter>(std::move(*output), dictionary);
}

}  // namespace trace
