// SPDX-License-Identifier: Apache-2.0
/// @file nodes.hpp – what a model of a cache knows of each item, and lists through them.
///
/// Purpose    items have dense numbers: a node for each, found without a hash; lists are links in the nodes.
/// Threads    one lane's.
/// Cost       32 bytes an item, one cache line a look.
///
///   byte 0            8      12     16            20       24     25      26        27      28
///        ┌────────────┬──────┬──────┬─────────────┬────────┬──────┬───────┬─────────┬───────┬───────┐
///        │ expires_ns │ prev │ next │ chunk_bytes │ ttl_sec│ uses │ where │ refresh │ kind  │ ghost │
///        └────────────┴──────┴──────┴─────────────┴────────┴──────┴───────┴─────────┴───────┴───────┘
#pragma once

#include <cstdint>
#include <vector>

namespace rig {

inline constexpr std::uint32_t kNoItem = 0xffff'ffff;

struct Node {
  std::int64_t expires_ns = 0;
  std::uint32_t prev = kNoItem;
  std::uint32_t next = kNoItem;
  std::uint32_t chunk_bytes = 0;  // 0: not in the cache
  std::uint32_t ttl_sec = 0;
  std::uint8_t uses = 0;   // the order's
  std::uint8_t where = 0;  // the order's: which list
  bool refresh_asked = false;
  bool is_failure = false;
  std::uint32_t ghost = 0;  // the order's

  [[nodiscard]] bool is_in() const noexcept { return chunk_bytes != 0; }
};
static_assert(sizeof(Node) == 32);

using Nodes = std::vector<Node>;

/// Doubly linked, newest in front.
struct List {
  std::uint32_t head = kNoItem;
  std::uint32_t tail = kNoItem;
  std::uint64_t bytes = 0;

  void push_front(Nodes& nodes, std::uint32_t item) noexcept {
    Node& node = nodes[item];
    node.prev = kNoItem;
    node.next = head;
    (head == kNoItem ? tail : nodes[head].prev) = item;
    head = item;
    bytes += node.chunk_bytes;
  }
  void remove(Nodes& nodes, std::uint32_t item) noexcept {
    const Node& node = nodes[item];
    (node.prev == kNoItem ? head : nodes[node.prev].next) = node.next;
    (node.next == kNoItem ? tail : nodes[node.next].prev) = node.prev;
    bytes -= node.chunk_bytes;
  }
};

}  // namespace rig
