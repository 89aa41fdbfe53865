// SPDX-License-Identifier: Apache-2.0
#include "base/keyed_hash.hpp"

#include <bit>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace {

base::KeyedHash::Secret secret_of(std::uint8_t seed) {
  base::KeyedHash::Secret secret{};
  for (std::size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<std::byte>(seed * 131U + i * 29U + (i >> 3U));
  return secret;
}
base::Bytes bytes_of(const std::string& text) { return base::as_bytes_of(text.data(), text.size()); }

TEST(KeyedHash, IsTheSameForTheSameSecretAndBytes) {
  EXPECT_EQ(base::KeyedHash(secret_of(1))(bytes_of("example")), base::KeyedHash(secret_of(1))(bytes_of("example")));
}

// Otherwise an attacker could choose names that fall into one bucket.
TEST(KeyedHash, DependsOnTheSecretForEveryLength) {
  const base::KeyedHash one(secret_of(1));
  const base::KeyedHash other(secret_of(2));
  for (std::size_t size = 0; size <= 263; ++size) {
    const std::string text(size, 'a');
    EXPECT_NE(one(bytes_of(text)), other(bytes_of(text))) << size;
  }
}

TEST(KeyedHash, DependsOnEveryByte) {
  const base::KeyedHash hash(secret_of(3));
  std::set<std::uint64_t> seen;
  for (std::size_t at = 0; at < 263; ++at) {
    std::string text(263, 'a');
    text[at] = 'b';
    seen.insert(hash(bytes_of(text)));
  }
  EXPECT_EQ(seen.size(), 263U);
}

TEST(KeyedHash, DiffersForRunsOfDifferentLength) {
  const base::KeyedHash hash(secret_of(4));
  std::set<std::uint64_t> seen;
  for (std::size_t size = 0; size < 256; ++size) seen.insert(hash(bytes_of(std::string(size, '\0'))));
  EXPECT_EQ(seen.size(), 256U);
}

// IPv4 addresses share their first word; tables index with the low and with the high bits of the hash.
TEST(KeyedHash, OfWordsSpreadsAddressesOfOneFamilyWithAnySecret) {
  for (const base::KeyedHash& hash : {base::KeyedHash({}), base::KeyedHash(secret_of(5))}) {
    std::set<std::uint64_t> low;
    std::set<std::uint64_t> high;
    for (std::uint64_t host = 0; host < 4'096; ++host) {
      const std::uint64_t seen = hash.of_words(0, 0xffff'0000U | host << 48U);
      low.insert(seen & 0xffffU);
      high.insert(seen >> 48U);
    }
    EXPECT_GT(low.size(), 3'800U);
    EXPECT_GT(high.size(), 3'800U);
  }
}

TEST(KeyedHash, OfWordsDependsOnTheSecretAndBothWords) {
  const base::KeyedHash one(secret_of(1));
  EXPECT_NE(one.of_words(1, 2), base::KeyedHash(secret_of(2)).of_words(1, 2));
  EXPECT_NE(one.of_words(1, 2), one.of_words(2, 1));
  EXPECT_NE(one.of_words(0, 2), one.of_words(0, 3));
  EXPECT_NE(one.of_words(2, 0), one.of_words(3, 0));
}

}  // namespace
