// SPDX-License-Identifier: Apache-2.0
// The keys of sluice.yaml in the order of docs/configuration.md, and the names that keys had before.
#include <vector>

#include "binding.hpp"
#include "checked.hpp"

namespace config {
namespace {

constexpr keyfile::RenamedKey kRenamed[] = {
    {.before = "clients.patience", .now = "clients.timeout"},
    {.before = "clients.watch_prefix", .now = "clients.topk_prefix"},
    {.before = "watch", .now = "topk"},
};

}  // namespace

keyfile::Table config_keys() {
  static const std::vector<keyfile::KeySpec> keys = [] {
    std::vector<keyfile::KeySpec> all;
    for (const keyfile::Table part : {network_keys(), client_keys(), service_keys()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return keys;
}

std::span<const keyfile::RenamedKey> renamed_keys() { return kRenamed; }

}  // namespace config
