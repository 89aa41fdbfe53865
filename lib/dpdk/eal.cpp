// SPDX-License-Identifier: Apache-2.0
// EAL's start, end and lcores.
#include "dpdk/eal.hpp"

#include <fmt/format.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_log.h>

#include "diag/log.hpp"

namespace dpdk {
namespace {

int run_body(void* body) {
  (*static_cast<const std::function<void()>*>(body))();
  return 0;
}

std::string remedy(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
      return "run as root, or give CAP_IPC_LOCK, CAP_NET_ADMIN and CAP_NET_RAW";
    case EALREADY:
    case EAGAIN:
      return "another process may hold this --file-prefix: stop it or choose another control.socket";
    case ENOMEM:
      return "not enough memory: reserve hugepages (sysctl vm.nr_hugepages=512) or set memory.hugepages: off";
    default:
      return "see EAL's messages above; on a machine without hugepages set memory.hugepages: off";
  }
}

}  // namespace

diag::Result<Eal> Eal::start(std::vector<std::string> args) {
  Eal eal(std::move(args));
  std::vector<char*> argv;
  argv.reserve(eal.args_.size() + 1);
  for (std::string& arg : eal.args_) argv.push_back(arg.data());
  argv.push_back(nullptr);
  diag::log().debug("EAL: {}", fmt::join(eal.args_, " "));
  if (rte_eal_init(static_cast<int>(eal.args_.size()), argv.data()) < 0) {
    eal.owner_ = false;
    const int error = rte_errno;
    return diag::fail(diag::Code::kUnavailable,
                      fmt::format("EAL did not start: {}; {}", rte_strerror(error), remedy(error)));
  }
  return eal;
}

Eal::Eal(Eal&& other) noexcept : args_(std::move(other.args_)), owner_(other.owner_) { other.owner_ = false; }

Eal::~Eal() {
  if (owner_) rte_eal_cleanup();
}

diag::Status Eal::launch(base::LcoreId lcore, const std::function<void()>& body) {
  // EAL passes the pointer to run_body unchanged.
  void* argument = const_cast<std::function<void()>*>(&body);  // NOLINT(cppcoreguidelines-pro-type-const-cast): C API
  if (const int error = rte_eal_remote_launch(run_body, argument, lcore.value()); error != 0) {
    return diag::fail(
        diag::Error::from_errno(-error, fmt::format("lcore {}: cannot launch the polling loop", lcore.value())));
  }
  return {};
}

void Eal::wait_all() noexcept { rte_eal_mp_wait_lcore(); }

base::SocketId Eal::socket_of(base::LcoreId lcore) const noexcept {
  return base::SocketId(static_cast<int>(rte_lcore_to_socket_id(lcore.value())));
}

bool Eal::has_hugepages() const noexcept { return rte_eal_has_hugepages() != 0; }

diag::Status register_thread() {
  if (rte_thread_register() != 0) {
    return diag::fail(diag::Error::from_errno(rte_errno, "cannot register the slow path thread with EAL"));
  }
  return {};
}

void unregister_thread() noexcept { rte_thread_unregister(); }

}  // namespace dpdk
