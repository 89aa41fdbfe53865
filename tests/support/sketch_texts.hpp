// SPDX-License-Identifier: Apache-2.0
// Sketches with their memory, and keys for them.
#pragma once

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/keyed_hash.hpp"
#include "topk/sketch.hpp"

namespace test {

struct FreeMemory {
  void operator()(std::byte* memory) const { std::free(memory); }
};

inline std::unique_ptr<std::byte, FreeMemory> cache_aligned(std::size_t bytes) {
  return std::unique_ptr<std::byte, FreeMemory>(
      static_cast<std::byte*>(std::aligned_alloc(64, (bytes + 63) / 64 * 64)));
}

inline base::KeyedHash any_hash() {
  base::KeyedHash::Secret secret{};
  for (std::size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<std::byte>(i * 37 + 11);
  return base::KeyedHash(secret);
}

inline base::Bytes bytes_of(const std::string& text) { return std::as_bytes(std::span(text.data(), text.size())); }

/// A sketch of texts, and their exact weights.
struct WatchedTexts {
  explicit WatchedTexts(topk::Sketch::Shape of = {64, 64}) : shape(of) {}

  void add(const std::string& text, std::uint64_t weight = 1, std::uint32_t second = 7) {
    sketch.add(second, tag(text), bytes_of(text), weight);
    truth[text] += weight;
    total += weight;
  }
  [[nodiscard]] std::uint64_t tag(const std::string& text) const { return hash(bytes_of(text)) | 1U; }
  [[nodiscard]] std::unordered_map<std::string, topk::Row> rows(std::uint32_t second = 7) const {
    std::unordered_map<std::string, topk::Row> found;
    sketch.read(second, [&](const topk::Row& row) {
      std::string text(row.key_bytes, '\0');
      std::memcpy(text.data(), row.key().data(), row.key_bytes);
      found[text] = row;
    });
    return found;
  }

  [[nodiscard]] static std::size_t bytes_needed(const topk::Sketch::Shape& of) {
    base::Arena measure;
    const topk::Sketch none(measure, of);
    return measure.used();
  }

  topk::Sketch::Shape shape;
  base::KeyedHash hash = any_hash();
  std::unique_ptr<std::byte, FreeMemory> memory = cache_aligned(bytes_needed(shape));
  base::Arena arena{{memory.get(), bytes_needed(shape)}};
  topk::Sketch sketch{arena, shape};
  std::unordered_map<std::string, std::uint64_t> truth;
  std::uint64_t total = 0;
};

}  // namespace test
