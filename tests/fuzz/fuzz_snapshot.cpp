// SPDX-License-Identifier: Apache-2.0
// Any bytes as a part of a snapshot whose checksum is right. What is accepted can be stored and answered with.
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/contract.hpp"
#include "dns/answer.hpp"
#include "format.hpp"
#include "support/cache_world.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto scratch = std::make_unique<dns::ResponseScratch>();
  static test::CacheWorld world;
  static std::array<std::byte, dns::kMaxMessageBytes> room{};
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto part = snapshot::Part::decode({bytes.begin(), bytes.end()}, 30, test::keyed_hash(), *scratch);
  if (!part) return 0;
  for (const cache::NewEntry& entry : part->entries()) {
    SLUICE_REQUIRE(entry.ttl_sec != 0 || entry.keep_sec != 0);
    const cache::Entry* stored = world.cache.insert(entry, world.now);
    world.cache.reclaim();
    SLUICE_REQUIRE(stored != nullptr && stored->key() == entry.key &&
                   world.cache.find(entry.hash, entry.key) == stored);
    const dns::ClientState client{.id = base::TxId(1), .query_flags = 0, .edns = {}, .limit_bytes = 65'535};
    const auto qname = entry.key.qname();
    const std::size_t end = dns::write_question(room, qname, {}, entry.key.qtype(), entry.key.qclass(), client);
    SLUICE_REQUIRE(dns::write_answer(room, end, client, stored->image(), {.age_sec = 5}, dns::Ede::kNone) >= end);
  }
  return 0;
}
