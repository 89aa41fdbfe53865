// SPDX-License-Identifier: Apache-2.0
/// @file connection_table.hpp – all connections: by handle, and by how long they have been in their phase.
///
/// Purpose    a reply that comes late never meets another connection: a handle's generation is checked. Those whose
///            patience is over are found without looking at the others.
/// Threads    one owner.
/// Ownership  owns the connections until they are removed.
/// Cost       add, find, remove, place, overdue: O(1). 16 bytes a slot, which stay.
/// RFC        7766 §6.2.3 (idle timeout; the server may close idle connections when it has too many).
///
///   slots    index ─▶ generation, connection       a free slot's generation is the next one's
///   lists    of each phase, in the order in which it was entered: patience ends at the front first
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

  /// Its phase may have changed. A whole query since the last call begins patience anew, and nothing less does; a
  /// client that does not read gains nothing by asking more.
  void place(Connection& connection, base::Instant now) noexcept;

  /// The one that has been in this phase for the longest time, or nullptr.
  [[nodiscard]] Connection* longest_in(Phase phase) noexcept { return lists_[index(phase)].front; }
  /// One whose patience is over, or nullptr.
  [[nodiscard]] Connection* overdue(base::Instant now) noexcept;
  /// Any, while there is one.
  [[nodiscard]] Connection* any() noexcept;

 private:
  struct Slot {
    std::unique_ptr<Connection> connection;
    std::uint32_t generation = 1;  // never 0: a default handle names no connection
  };
  struct List {
    Connection* front = nullptr;
    Connection* back = nullptr;
    base::Duration patience{0};  // 0: for ever
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
