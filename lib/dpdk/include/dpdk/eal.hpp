// SPDX-License-Identifier: Apache-2.0
/// @file eal.hpp – the one EAL of the process, from init to cleanup.
///
/// Purpose    owns rte_eal_init() and rte_eal_cleanup(); runs functions on lcores and waits for them.
/// Threads    created, used and destroyed by the main thread.
/// Ownership  every other handle of this library must be gone before the Eal is.
/// Errors     a sentence with EAL's reason and the usual remedy (hugepages, permissions).
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/strong.hpp"
#include "diag/result.hpp"

namespace dpdk {

class Eal {
 public:
  /// `args[0]` is the program's name. EAL's log goes to stderr.
  [[nodiscard]] static diag::Result<Eal> start(std::vector<std::string> args);
  Eal(Eal&& other) noexcept;
  Eal& operator=(Eal&&) = delete;
  Eal(const Eal&) = delete;
  Eal& operator=(const Eal&) = delete;
  ~Eal();

  /// Runs `body` on `lcore` until it returns. `body` outlives the run.
  [[nodiscard]] diag::Status launch(base::LcoreId lcore, const std::function<void()>& body);
  /// Waits until every launched body has returned.
  void wait_all() noexcept;

  /// NUMA socket of an lcore.
  [[nodiscard]] base::SocketId socket_of(base::LcoreId lcore) const noexcept;
  /// True when EAL runs with hugepages.
  [[nodiscard]] bool has_hugepages() const noexcept;

 private:
  explicit Eal(std::vector<std::string> args) noexcept : args_(std::move(args)) {}
  std::vector<std::string> args_;  // EAL keeps pointers into them
  bool owner_ = true;
};

/// Gives the calling thread an lcore ID, and with it a mempool cache of its own (rte_thread_register).
[[nodiscard]] diag::Status register_thread();
void unregister_thread() noexcept;

}  // namespace dpdk
