// SPDX-License-Identifier: Apache-2.0
// Events to blocks: questions and clients precede the block of events that refers to them.
#include "strc_writer.hpp"

#include <xxhash.h>

#include "output.hpp"
#include "strc_block.hpp"

namespace trace {
namespace {

constexpr std::uint32_t kNotWritten = 0xffff'ffff;

/// Dictionary indices to the file's, which count from 0 in order of appearance.
class Renumbering {
 public:
  struct Number {
    std::uint32_t value;
    bool is_new;
  };
  Number of(std::uint32_t index) {
    if (index >= numbers_.size()) numbers_.resize(std::size_t{index} + 1, kNotWritten);
    const bool is_new = numbers_[index] == kNotWritten;
    if (is_new) numbers_[index] = count_++;
    return {numbers_[index], is_new};
  }
  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }

 private:
  std::vector<std::uint32_t> numbers_;
  std::uint32_t count_ = 0;
};

class StrcWriter final : public Writer {
 public:
  StrcWriter(Output output, const Dictionary& dictionary) : output_(std::move(output)), dictionary_(dictionary) {}

  [[nodiscard]] diag::Status write_header(const Info& info);
  diag::Status write(std::span<const Event> events) override;
  diag::Status finish() override;

 private:
  [[nodiscard]] diag::Status flush();
  [[nodiscard]] diag::Status write_block(BlockKind kind, std::uint32_t count, std::uint64_t first,
                                         std::int64_t first_ns, base::Bytes raw);
  void add_question(std::uint32_t index);
  void add_client(std::uint32_t index);

  Output output_;
  const Dictionary& dictionary_;
  BlockWriter blocks_;
  std::vector<Event> events_;  // of the block that is being filled, with the file's numbers
  std::uint64_t written_ = 0;
  Renumbering questions_;
  Renumbering clients_;
  Packer new_questions_;
  Packer new_clients_;
  std::uint32_t questions_written_ = 0;
  std::uint32_t clients_written_ = 0;
  std::vector<IndexEntry> index_;
};

diag::Status StrcWriter::write_header(const Info& info) {
  Packer header;
  header.bytes(std::as_bytes(std::span(kStrcMagic)));
  header.fixed(kStrcVersion);
  header.fixed(static_cast<std::uint16_t>(info.has_times ? 1 : 0));
  header.fixed(std::uint32_t{kStrcHeaderBytes});
  header.fixed(info.origin_unix_ns);
  header.fixed(XXH3_64bits(header.view().data(), header.view().size()));
  return output_.file().write(header.view());
}

void StrcWriter::add_question(std::uint32_t index) {
  const Question question = dictionary_.question(index);
  new_questions_.fixed(static_cast<std::uint16_t>(question.qtype));
  new_questions_.fixed(static_cast<std::uint16_t>(question.qclass));
  new_questions_.fixed(static_cast<std::uint8_t>(question.qname.size()));
  new_questions_.bytes(question.qname);
}

void StrcWriter::add_client(std::uint32_t index) {
  const Client& client = dictionary_.client(index);
  new_clients_.fixed(static_cast<std::uint8_t>(client.retry));
  new_clients_.bytes(client.address.octets());
}

diag::Status StrcWriter::write(std::span<const Event> events) {
  for (Event event : events) {
    const Renumbering::Number question = questions_.of(event.question);
    if (question.is_new) add_question(event.question);
    const Renumbering::Number client = clients_.of(event.client);
    if (client.is_new) add_client(event.client);
    event.question = question.value;
    event.client = client.value;
    events_.push_back(event);
    if (events_.size() == kStrcEventsPerBlock) {
      if (auto flushed = flush(); !flushed) return flushed;
    }
  }
  return {};
}

diag::Status StrcWriter::write_block(BlockKind kind, std::uint32_t count, std::uint64_t first, std::int64_t first_ns,
                                     base::Bytes raw) {
  index_.push_back({kind, count, first, output_.file().offset(), first_ns});
  return blocks_.write(output_.file(), kind, count, first, raw);
}

/// Column by column: neighbours in a column are alike, which is what compression feeds on.
Packer pack(std::span<const Event> events) {
  Packer out;
  std::int64_t before_ns = events.front().at_ns;
  out.fixed(before_ns);
  for (const Event& event : events) {
    out.number(static_cast<std::uint64_t>(event.at_ns - before_ns));
    before_ns = event.at_ns;
  }
  for (const Event& event : events) out.number(event.question);
  for (const Event& event : events) out.number(event.client);
  for (const Event& event : events) out.number(std::uint32_t{event.ttl_sec + 1});  // unknown is 0
  for (const Event& event : events) out.fixed(event.answer_bytes);
  for (const Event& event : events) out.fixed(event.rcode);
  for (const Event& event : events) out.fixed(event.flags);
  return out;
}

diag::Status StrcWriter::flush() {
  if (events_.empty()) return {};
  const std::uint32_t questions = questions_.count() - questions_written_;
  if (questions != 0) {
    auto done = write_block(BlockKind::kQuestions, questions, questions_written_, 0, new_questions_.view());
    if (!done) return done;
  }
  const std::uint32_t clients = clients_.count() - clients_written_;
  if (clients != 0) {
    auto done = write_block(BlockKind::kClients, clients, clients_written_, 0, new_clients_.view());
    if (!done) return done;
  }
  const Packer packed = pack(events_);
  auto done = write_block(BlockKind::kEvents, static_cast<std::uint32_t>(events_.size()), written_,
                          events_.front().at_ns, packed.view());
  questions_written_ = questions_.count();
  clients_written_ = clients_.count();
  new_questions_.clear();
  new_clients_.clear();
  written_ += events_.size();
  events_.clear();
  return done;
}

diag::Status StrcWriter::finish() {
  if (auto flushed = flush(); !flushed) return flushed;
  const std::uint64_t index_at = output_.file().offset();
  Packer packed;
  for (const IndexEntry& entry : index_) packed.fixed(entry);
  auto done = blocks_.write(output_.file(), BlockKind::kIndex, static_cast<std::uint32_t>(index_.size()), written_,
                            packed.view());
  if (!done) return done;
  Packer trailer;
  trailer.fixed(index_at);
  trailer.fixed(XXH3_64bits(trailer.view().data(), trailer.view().size()));
  trailer.bytes(std::as_bytes(std::span(kStrcMagic)));
  if (done = output_.file().write(trailer.view()); !done) return done;
  return output_.finish();
}

}  // namespace

diag::Result<std::unique_ptr<Writer>> create_strc(const std::string& path, const Dictionary& dictionary,
                                                  const Info& info) {
  auto output = Output::create(path);
  if (!output) return diag::fail(output.error());
  auto writer = std::make_unique<StrcWriter>(std::move(*output), dictionary);
  if (auto good = writer->write_header(info); !good) return diag::fail(good.error());
  return writer;
}

}  // namespace trace
