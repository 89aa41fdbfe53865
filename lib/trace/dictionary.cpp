// SPDX-License-Identifier: Apache-2.0
// Questions and clients to numbers.
#include "trace/dictionary.hpp"

#include <cstring>

#include "secrets/kernel_random.hpp"

namespace trace {
namespace {

constexpr std::size_t kNameBlockBytes = std::size_t{1} << 20U;
constexpr std::size_t kTypeBytes = 4;  // in front of the name, while it is hashed

}  // namespace

Dictionary::Dictionary(Limits limits) : limits_(limits), hash_(secrets::draw_secret()) {}

std::uint64_t Dictionary::memory_bytes() const noexcept {
  return questions_.memory_bytes() + clients_.memory_bytes() + question_index_.memory_bytes() +
         client_index_.memory_bytes() + names_.size() * kNameBlockBytes;
}

const std::byte* Dictionary::keep(base::Bytes qname) {
  if (names_left_ < qname.size()) {
    names_.push_back(std::make_unique<std::byte[]>(kNameBlockBytes));
    names_left_ = kNameBlockBytes;
  }
  std::byte* const at = names_.back().get() + (kNameBlockBytes - names_left_);
  std::memcpy(at, qname.data(), qname.size());
  names_left_ -= qname.size();
  return at;
}

std::optional<std::uint32_t> Dictionary::intern(dns::NameView qname, dns::QType qtype, dns::QClass qclass) {
  std::array<std::byte, kTypeBytes + dns::kMaxNameBytes> key;
  base::store_be16(key.data(), static_cast<std::uint16_t>(qtype));
  base::store_be16(key.data() + 2, static_cast<std::uint16_t>(qclass));
  dns::fold(qname.wire(), key.data() + kTypeBytes);
  const base::Bytes folded(key.data() + kTypeBytes, qname.size());
  const auto hash = static_cast<std::uint32_t>(hash_(base::Bytes(key.data(), kTypeBytes + qname.size())));
  const auto known = question_index_.find(hash, [&](std::uint32_t index) {
    const Record& record = questions_[index];
    return record.qname_bytes == folded.size() && record.qtype == static_cast<std::uint16_t>(qtype) &&
           record.qclass == static_cast<std::uint16_t>(qclass) &&
           std::memcmp(record.qname, folded.data(), folded.size()) == 0;
  });
  if (known) return known;
  if (questions_.size() >= limits_.questions) return std::nullopt;
  const std::uint32_t index = questions_.push_back({.qname = keep(folded),
                                                    .qtype = static_cast<std::uint16_t>(qtype),
                                                    .qclass = static_cast<std::uint16_t>(qclass),
                                                    .qname_bytes = static_cast<std::uint8_t>(folded.size())});
  question_index_.insert(hash, index);
  return index;
}

std::optional<std::uint32_t> Dictionary::intern(const Client& client) {
  const auto hash = static_cast<std::uint32_t>(hash_(client.address.octets()));
  const auto known =
      client_index_.find(hash, [&](std::uint32_t index) { return clients_[index].address == client.address; });
  if (known) return known;
  if (clients_.size() >= limits_.clients) return std::nullopt;
  const std::uint32_t index = clients_.push_back(client);
  client_index_.insert(hash, index);
  return index;
}

}  // namespace trace
