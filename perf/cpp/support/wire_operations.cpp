// SPDX-License-Identifier: Apache-2.0
// Frames, queries, keys, answers and replies.
#include <array>
#include <cstring>

#include "base/contract.hpp"
#include "base/keyed_hash.hpp"
#include "dns/answer.hpp"
#include "dns/query.hpp"
#include "net/frame.hpp"
#include "support/generation.hpp"
#include "support/operations.hpp"
#include "support/questions.hpp"

namespace perf {
namespace {

constexpr std::size_t kCount = 256;

Client client(std::size_t i) { return {static_cast<std::uint32_t>(i % 200), static_cast<std::uint16_t>(i)}; }

class ParseFrame final : public Operation {
 public:
  ParseFrame() {
    for (std::size_t i = 0; i < kCount; ++i) frames_.push_back(query(i, client(i)));
  }
  [[nodiscard]] std::string name() const override { return "parse_frame"; }
  void run() noexcept override {
    for (const Frame& frame : frames_) keep(net::FrameView::parse(frame, net::RxChecksum::kUnknown).has_value());
  }

 private:
  std::vector<Frame> frames_;
};

class ParseQuery final : public Operation {
 public:
  explicit ParseQuery(Opt opt) : opt_(opt) {
    for (std::size_t i = 0; i < kCount; ++i) messages_.push_back(message(i, static_cast<std::uint16_t>(i), opt));
  }
  [[nodiscard]] std::string name() const override { return opt_ == Opt::kPresent ? "parse_query_edns" : "parse_query"; }
  void run() noexcept override {
    for (const auto& bytes : messages_) keep(dns::QueryView::parse(bytes)->question_end());
  }

 private:
  Opt opt_;
  std::vector<std::vector<std::byte>> messages_;
};

class MakeKey final : public Operation {
 public:
  MakeKey() {
    for (std::size_t i = 0; i < kCount; ++i) messages_.push_back(message(i, 0));
    for (const auto& bytes : messages_) names_.push_back(dns::QueryView::parse(bytes)->qname());
  }
  [[nodiscard]] std::string name() const override { return "make_key"; }
  void run() noexcept override {
    for (const dns::NameView qname : names_) {
      key_.assign(qname, dns::QType::kA, dns::QClass::kIn, dns::UplinkId(0), 0);
      keep(key_.size());
    }
  }

 private:
  std::vector<std::vector<std::byte>> messages_;
  std::vector<dns::NameView> names_;
  dns::QuestionKey key_;
};

class HashKey final : public Operation {
 public:
  HashKey() {
    for (std::size_t i = 0; i < kCount; ++i) keys_.push_back(key(i));
  }
  [[nodiscard]] std::string name() const override { return "hash_key"; }
  void run() noexcept override {
    for (const dns::QuestionKey& one : keys_) keep(hash_(one.view().bytes()));
  }

 private:
  base::KeyedHash hash_{fixed_secret()};
  std::vector<dns::QuestionKey> keys_;
};

/// Writes the answer after the query, in the same buffer.
class BuildAnswer final : public Operation {
 public:
  explicit BuildAnswer(std::size_t records) : records_(records), answer_(records) {
    const auto bytes = message(0, 1, Opt::kPresent);
    room_.resize(2'048);
    std::memcpy(room_.data(), bytes.data(), bytes.size());
    const auto view = dns::QueryView::parse(bytes);
    client_ = dns::ClientState::of_udp(*view);
    question_end_ = view->question_end();
  }
  [[nodiscard]] std::string name() const override { return "build_answer_" + std::to_string(records_); }
  void run() noexcept override {
    const dns::AnswerImage image = answer_.image();
    for (std::size_t i = 0; i < kCount; ++i) {
      client_.id = base::TxId(static_cast<std::uint16_t>(i));
      keep(dns::write_answer(room_, question_end_, client_, image, {.age_sec = 7}, dns::Ede::kNone));
    }
  }

 private:
  std::size_t records_;
  Answer answer_;
  std::vector<std::byte> room_;
  dns::ClientState client_;
  std::size_t question_end_ = 0;
};

class FrameReply final : public Operation {
 public:
  FrameReply() {
    for (std::size_t i = 0; i < kCount; ++i) {
      Frame& frame = frames_.emplace_back(query(i, client(i)));
      views_.push_back(*net::FrameView::parse(frame, net::RxChecksum::kGood));
      frame.resize(256);
    }
  }
  [[nodiscard]] std::string name() const override { return "frame_reply"; }
  void run() noexcept override {
    for (std::size_t i = 0; i < kCount; ++i) {
      keep(net::make_reply(frames_[i], views_[i], 57, net::TxChecksum::kSoftware));
    }
  }

 private:
  std::vector<Frame> frames_;
  std::vector<net::FrameView> views_;
};

}  // namespace

void add_wire_operations(std::vector<std::unique_ptr<Operation>>& list) {
  list.push_back(std::make_unique<ParseFrame>());
  list.push_back(std::make_unique<ParseQuery>(Opt::kNone));
  list.push_back(std::make_unique<ParseQuery>(Opt::kPresent));
  list.push_back(std::make_unique<MakeKey>());
  list.push_back(std::make_unique<HashKey>());
  list.push_back(std::make_unique<BuildAnswer>(1));
  list.push_back(std::make_unique<BuildAnswer>(20));
  list.push_back(std::make_unique<FrameReply>());
}

std::vector<std::unique_ptr<Operation>> all_operations() {
  std::vector<std::unique_ptr<Operation>> list;
  add_wire_operations(list);
  add_table_operations(list);
  add_egress_operations(list);
  add_worker_operations(list);
  return list;
}

}  // namespace perf
