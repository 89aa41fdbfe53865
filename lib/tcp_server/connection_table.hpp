// SPDX-License-Identifier: Apache-2.0
/// @file connection_table.hpp – all connections, by handle and by time in their phase.
///
/// Purpose    finds the connection of a late reply without ever finding another one, and overdue connections without a
///            scan.
/// Threads    one owner.
/// Ownership  owns the connections until they are removed.
/// Cost       add, find, remove, place, overdue: O(1). 16 bytes a slot, which stay.
/// RFC        7766 §6.2.3 (idle timeout; the server may close idle connections when it has too many).
///
///   slots    index ─▶ generation, connection       a free slot's generation is the next one's
///   lists    one per phase, in the order in which it was entered: the front is overdue first
///
/// Invariants 1. A connection is in exactly one list, that of listed_, whose since_ values do not decrease from the front.
///            2. A handle finds a connection only while both have the same generation; a slot's generation is never 0.
///            3. size() is the number of occupied slots; all other slots are in free_.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "answer/settings.hpp"
#include "base/handle.hpp"
#include "base/instant.hpp"
#include "connection.hpp"

namespace tcp_server {

class ConnectionTable {
 public:
  explicit ConnectionTable(const answer::TcpSettings& settings);
  ConnectionTable(const ConnectionTable&) = delete;
  ConnectionTable& operator=(const ConnectionTable&) = delete;

  [[nodiscard]] bool is_full() const noexcept { return size_ == most_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// The table is not full. The connection gets its handle and is idle from now on.
  Connection& add(std::unique_ptr<Connection> connection, base::Instant now);
  /// nullptr when the connection of this handle is closed.
  [[nodiscard]] Connection* find(base::Handle handle) noexcept;
  [[nodiscard]] std::unique_ptr<Connection> remove(Connection& connection) noexcept;

  /// Call when the phase may have changed. Only a complete query since the last call restarts the timeout, and not in
  /// phase kSending: a client that does not read gains no time by sending queries.
  void place(Connection& connection, base::Instant now) noexcept;

  /// The one that has been in this phase for the longest time, or nullptr.
  [[nodiscard]] Connection* longest_in(Phase phase) noexcept { return lists_[index(phase)].front; }
  /// A connection whose timeout has passed, or nullptr.
  [[nodiscard]] Connection* overdue(base::Instant now) noexcept;
  /// Any connection, or nullptr.
  [[nodiscard]] Connection* any() noexcept;

 private:
  struct Slot {
    std::unique_ptr<Connection> connection;
    std::uint32_t generation = 1;  // never 0: a default handle names no connection
  };
  struct List {
    Connection* front = nullptr;
    Connection* back = nullptr;
    base::Duration timeout{0};  // 0: no timeout
  };
  [[nodiscard]] static constexpr std::size_t index(Phase phase) noexcept { return static_cast<std::size_t>(phase); }
  void link(Connection& connection, Phase phase, base::Instant now) noexcept;
  void unlink(Connection& connection) noexcept;

  std::size_t most_;
  std::size_t size_ = 0;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::array<List, kPhases> lists_{};
};

}  // namespace tcp_server
