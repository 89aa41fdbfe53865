// SPDX-License-Identifier: Apache-2.0
/// @file options.hpp – the command line of sluice-blast.
///
/// Purpose    words to a checked run; every error names the wrong word and says what is allowed.
/// Threads    main, at start.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "base/strong.hpp"
#include "diag/result.hpp"
#include "loadgen/engine.hpp"
#include "port_options.hpp"

namespace sluice_blast {

struct Options {
  net::IpAddress server;
  base::UdpPort server_port{53};
  loadgen::RunSpec run;
  std::optional<PortOptions> port;  // none: sockets
  std::string json;                 // a file, "-" for stdout, or empty
  bool quiet = false;
  std::optional<std::size_t> cpu;
  std::optional<int> realtime;     // a priority of SCHED_FIFO
  std::optional<int> exit_status;  // set when the program shall end: help, version or an error has been printed
};

[[nodiscard]] diag::Result<Options> parse_options(int argc, const char* const* argv);

}  // namespace sluice_blast
