// SPDX-License-Identifier: Apache-2.0
// Readers of logs and tables.
#pragma once

#include "file.hpp"
#include "trace/source.hpp"

namespace trace {

[[nodiscard]] std::unique_ptr<Source> read_csv(File file, Dictionary& dictionary, double rate);
[[nodiscard]] std::unique_ptr<Source> read_dnsperf(File file, Dictionary& dictionary, double rate);
[[nodiscard]] std::unique_ptr<Source> read_dnsmasq(File file, Dictionary& dictionary);
[[nodiscard]] std::unique_ptr<Source> read_bind(File file, Dictionary& dictionary);

}  // namespace trace
