// SPDX-License-Identifier: Apache-2.0
// The tables as Markdown.
#include "reference.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "checked.hpp"

namespace config {
namespace {

using keyfile::KeySpec;
using keyfile::Type;

constexpr std::string_view kHead = R"(# Configuration

<!-- Generated from the table of keys by scripts/gen-config-docs. Do not edit. -->

One YAML file, `/etc/sluice/sluice.yaml` unless `sluice -c FILE` says otherwise. It is checked completely before it is used:

```console
$ sluice -c sluice.yaml --check-config
sluice.yaml:12:12: cache.max_ttl: "1h30" is not a duration; write a whole number and one of us, ms, s, m, h, d; allowed: 1s to 7d, in steps of 1s
```

Every problem is reported in one run, as `file:line:column: key: what is wrong; what is allowed`, and the exit status is 1.
A key that is not in the table below and a key that is given twice are errors. For a key that was renamed, the error gives the new
name.

## Examples

A minimal configuration:

```yaml
port:
  profile: af_packet
  device: eth1
  addresses: [10.0.1.53/24]
uplinks:
  - name: vpc
    servers: [10.0.0.2]
```

Two uplinks, roles on fixed CPUs, a large cache:

```yaml
port:
  profile: af_xdp
  device: eth1
  addresses: [10.77.0.53/24, "fd77::53/64"]
lcores:
  workers: [2, 3]                 # one element per worker
  egress: 1
  control: 0
  idle: {sleep_after: 0}          # never sleep
uplinks:
  - name: vpc
    servers: [10.77.0.2, "fd77::2"]
    budget: {limit: 1024, reserve: 24}
  - name: office
    servers: [10.77.0.9]
    budget: {limit: none}
forward:
  - {zone: corp.example, uplink: office}
  - {zone: ".", uplink: vpc}
cache:
  size: 4GiB
  max_ttl: 6h
  negative_ttl: {max: 15m}
clients:
  allow: [10.0.0.0/8, "fd00::/8"]
  timeout: 4s
memory: {hugepages: required}
log: {level: warn}
```

Several workers on one CPU, for a laptop:

```yaml
port: {profile: tap, device: dtap0, addresses: [192.0.2.53/24], tap: none}
lcores: {workers: [0, 0], egress: 0, control: 0}
uplinks: [{name: lan, servers: [192.0.2.1], budget: {limit: none}}]
cache: {size: 64MiB}
```

## How values are written

| kind | how | note |
|---|---|---|
| size | `256MiB` | `B`, `KiB`, `MiB`, `GiB`, `TiB`; the unit is required |
| duration | `30s` | `us`, `ms`, `s`, `m`, `h`, `d`; whole numbers: `90m`, not `1h30` |
| percentage | `10%` | |
| address | `10.77.0.2`, `"fd77::2"` | quote IPv6 addresses in `[…]` and `{…}` |
| own address | `10.77.0.53/24` | the host's address and the length of its network's prefix |
| network | `10.0.0.0/8` | no bits set beyond the prefix |
| name | `vpc` | letters, digits, `-`, `_`, `.` |

The file holds one YAML document without anchors, aliases and tags, at most 1 MiB and 16 levels deep.

## Keys

In the column *default*, *required* means that the key must be given if its map is given. In the column *reload*, `live` means that
`sluicectl reload` or SIGHUP applies a changed value; `restart` means that the old value stays in force until a restart, which the
reload reports. A restart is also needed for all of `uplinks` if their names change, for `forward` if it names an uplink that is not
running yet, and for a budget that changes between `none` and a number, or rises above 8192 if it was lower at start.

)";

std::string_view kind_name(Type type) {
  switch (type) {
    case Type::kMap:
      return "map";
    case Type::kList:
      return "list";
    case Type::kInteger:
      return "whole number";
    case Type::kFraction:
      return "number";
    case Type::kBytes:
      return "size";
    case Type::kDuration:
      return "duration";
    case Type::kPercent:
      return "percentage";
    case Type::kAddress:
      return "address";
    case Type::kInterfaceAddress:
      return "own address";
    case Type::kPrefix:
      return "network";
    case Type::kZone:
      return "domain name";
    case Type::kName:
      return "name";
    case Type::kInterface:
      return "interface";
    case Type::kDevice:
      return "device";
    case Type::kPath:
      return "path";
    case Type::kText:
      return "text";
    case Type::kSecret:
      return "secret";
    case Type::kChoice:
      break;
  }
  return "choice";
}

std::string default_cell(const KeySpec& spec) {
  if (spec.path.ends_with("[]")) return "";
  if (spec.fallback.empty()) return "*required*";
  if (spec.fallback == "{}") return "";
  return fmt::format("`{}`", spec.fallback);
}

std::string_view reload_cell(keyfile::Reload reload) {
  if (reload == keyfile::Reload::kLive) return "live";
  return reload == keyfile::Reload::kRestart ? "restart" : "";
}

std::string key_row(const KeySpec& spec) {
  return fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", spec.path, kind_name(spec.type), default_cell(spec),
                     reload_cell(spec.reload), keyfile::allowed(spec), spec.doc);
}

std::string_view word(profile::Checksum checksum) {
  return checksum == profile::Checksum::kOffload ? "offload" : "software";
}

std::string needs_of(const Profile& profile) {
  std::vector<std::string_view> needs;
  if (profile.needs_hugepages) needs.emplace_back("hugepages");
  if (profile.needs_root) needs.emplace_back("root");
  if (profile.needs_net_admin) needs.emplace_back("CAP_NET_ADMIN");
  return needs.empty() ? "nothing" : fmt::format("{}", fmt::join(needs, ", "));
}

std::string profile_row(const Profile& profile) {
  return fmt::format("| `{}` | {} | `{}` | {} | {} | {} / {} | {} to {} | {} |\n", profile.name, profile.summary,
                     profile.devargs, profile.max_queues,
                     profile.egress_tx == profile::EgressTx::kOwnQueue ? "own queue" : "via worker",
                     word(profile.rx_checksum), word(profile.tx_checksum), profile.min_mtu_bytes, profile.max_mtu_bytes,
                     needs_of(profile));
}

}  // namespace

std::string configuration_markdown() {
  std::string text(kHead);
  text += "| key | kind | default | reload | allowed | what it is |\n|---|---|---|---|---|---|\n";
  for (const KeySpec& spec : config_keys()) text += key_row(spec);
  text += "\nProfiles are described in [reference/profiles.md](reference/profiles.md).\n";
  return text;
}

std::string profiles_markdown(std::span<const profile::Profile> profiles) {
  std::string text = R"(# Profiles of poll-mode drivers

<!-- Generated from pmd_configs/*.yaml by scripts/gen-config-docs. Do not edit. -->

`port.profile` names a file in `pmd_configs/`: what a driver requires and supports; the comments in the files give the evidence. They are searched in
`--profiles DIR`, then in `/usr/share/sluice/pmd_configs`, then in the source tree around the binary.

| profile | what it is | device argument | maximum workers | egress transmits via | checksums (receive / transmit) | MTU | needs |
|---|---|---|---|---|---|---|---|
)";
  for (const Profile& profile : profiles) text += profile_row(profile);
  text += "\n## Keys of a profile\n\nAll are required.\n\n| key | kind | allowed | what it is |\n|---|---|---|---|\n";
  for (const KeySpec& spec : profile::profile_keys()) {
    text += fmt::format("| `{}` | {} | {} | {} |\n", spec.path, kind_name(spec.type), keyfile::allowed(spec), spec.doc);
  }
  return text;
}

}  // namespace config
