// SPDX-License-Identifier: Apache-2.0
/// @file dictionary.hpp – the distinct questions and clients of a trace, each under a number.
///
/// Purpose    an Event names its question and its client by index. Indices are given in order of appearance, from 0 on,
///            never change, and are the same each time a source is read again.
/// Threads    one writer, which pulls from the Source. Others may read every index that an event of theirs holds, while
///            the writer goes on: entries never move. The event itself must have been passed with synchronisation.
/// Ownership  holds all names in memory until it ends: about 40 bytes and the name for each distinct question. A trace
///            streams, its dictionary does not; Limits bound it, and intern() says when they are reached.
/// Cost       question(), client(): one or two memory accesses. intern: a hash and a compare.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/keyed_hash.hpp"
#include "dns/name.hpp"
#include "dns/types.hpp"
#include "net/address.hpp"
#include "trace/hash_index.hpp"
#include "trace/stable_vector.hpp"

namespace trace {

struct Question {
  base::Bytes qname;  // folded, wire form; valid as long as the dictionary
  dns::QType qtype{};
  dns::QClass qclass{};
};

/// How a client asks again; docs/rig.md has the times. kUnknown: the trace does not say.
enum class RetryProfile : std::uint8_t { kUnknown, kNone, kGlibc, kCares, kWindows };
inline constexpr std::size_t kRetryProfiles = 5;

struct Client {
  net::IpAddress address;
  RetryProfile retry = RetryProfile::kUnknown;
};

class Dictionary {
 public:
  struct Limits {
    std::uint32_t questions = 100'000'000;
    std::uint32_t clients = 50'000'000;
  };

  Dictionary() : Dictionary(Limits{}) {}
  explicit Dictionary(Limits limits);
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;

  [[nodiscard]] Question question(std::uint32_t index) const noexcept {
    const Record& record = questions_[index];
    return {base::Bytes(record.qname, record.qname_bytes), static_cast<dns::QType>(record.qtype),
            static_cast<dns::QClass>(record.qclass)};
  }
  [[nodiscard]] const Client& client(std::uint32_t index) const noexcept { return clients_[index]; }

  /// writer
  [[nodiscard]] std::uint32_t questions() const noexcept { return questions_.size(); }
  [[nodiscard]] std::uint32_t clients() const noexcept { return clients_.size(); }
  [[nodiscard]] const Limits& limits() const noexcept { return limits_; }
  [[nodiscard]] std::uint64_t memory_bytes() const noexcept;

  /// writer. The index of a question, new or known; the name may have capitals. Nothing when it is new and the limit is
  /// reached.
  [[nodiscard]] std::optional<std::uint32_t> intern(dns::NameView qname, dns::QType qtype, dns::QClass qclass);
  [[nodiscard]] std::optional<std::uint32_t> intern(const Client& client);

 private:
  /// 16 bytes a question.
  struct Record {
    const std::byte* qname = nullptr;
    std::uint16_t qtype = 0;
    std::uint16_t qclass = 0;
    std::uint8_t qname_bytes = 0;
  };
  static_assert(sizeof(Record) == 16);

  [[nodiscard]] const std::byte* keep(base::Bytes qname);

  Limits limits_;
  base::KeyedHash hash_;
  StableVector<Record> questions_;
  StableVector<Client> clients_;
  HashIndex question_index_;
  HashIndex client_index_;
  std::vector<std::unique_ptr<std::byte[]>> names_;
  std::size_t names_left_ = 0;  // bytes of the last block
};

}  // namespace trace
