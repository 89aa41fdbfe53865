// SPDX-License-Identifier: Apache-2.0
// Finds, reads and checks profiles.
#include "profile/profile.hpp"

#include <algorithm>
#include <regex>
#include <set>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "keyfile/file.hpp"
#include "keyfile/section.hpp"

namespace profile {
namespace {

constexpr std::string_view kDevice = "{device}";
constexpr std::string_view kQueues = "{queues}";
constexpr std::string_view kQueue = "{queue}";

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

void check_devargs(const keyfile::Marked<std::string>& devargs, const Profile& profile, keyfile::Problems& problems) {
  if (!devargs.usable()) return;
  const auto wrong = [&](std::string_view what) {
    problems.add(
        devargs.mark, devargs.key, what,
        "text with {device}, perhaps {queues}, {queue} for a device per queue, beginning with net_ for a vdev");
  };
  const bool names_queue = devargs.value.find(kQueue) != std::string::npos;
  if (profile.queues == QueueLayout::kDevicePerQueue && !names_queue) wrong("lacks {queue}");
  if (profile.queues == QueueLayout::kPortQueues && names_queue) wrong("names {queue}, but there is one device");
  const std::string rest = replaced(replaced(replaced(devargs.value, kDevice, ""), kQueues, ""), kQueue, "");
  if (rest.find_first_of("{}") != std::string::npos) wrong("has an unknown {placeholder}");
  if (devargs.value.find(kDevice) == std::string::npos) wrong("lacks {device}");
  if (profile.bus == Bus::kVdev && !devargs.value.starts_with("net_")) wrong("is not a virtual device");
}

void check_limits(const keyfile::Section& file, const Profile& profile, keyfile::Problems& problems) {
  if (profile.min_mtu_bytes > profile.max_mtu_bytes) {
    problems.add(file.section("mtu").mark(), "mtu", "min is more than max", "min up to max");
  }
  const bool own_queue = profile.egress_tx == EgressTx::kOwnQueue;
  if (own_queue && profile.queues == QueueLayout::kDevicePerQueue) {
    problems.add(file.section("queues").mark(), "queues",
                 "with one device per queue, no port has a TX queue for egress",
                 "egress_tx: via_worker, or layout: port_queues");
  } else if (own_queue && profile.pairs == QueuePairs::kForced) {
    problems.add(file.section("queues").mark(), "queues",
                 "pairs are forced, so egress cannot have a TX queue of its own",
                 "egress_tx: via_worker, or pairs: free");
  }
}

void read_needs(const keyfile::Section& file, Profile& profile) {
  for (const keyfile::Marked<std::string>& need : file.list<std::string>("needs").items) {
    profile.needs_hugepages = profile.needs_hugepages || need.value == "hugepages";
    profile.needs_root = profile.needs_root || need.value == "root";
    profile.needs_net_admin = profile.needs_net_admin || need.value == "net_admin";
  }
}

std::uint16_t number(const keyfile::Section& from, std::string_view key) {
  return static_cast<std::uint16_t>(from.get<std::uint64_t>(key).value);  // the table keeps it below 2^16
}

worker::IdleSettings read_idle(const keyfile::Section& from) {
  worker::IdleSettings idle;
  idle.polls_before_pause = static_cast<std::uint32_t>(from.get<std::uint64_t>("pause_after").value);
  idle.polls_before_sleep = static_cast<std::uint32_t>(from.get<std::uint64_t>("sleep_after").value);
  idle.sleep = std::chrono::duration_cast<std::chrono::microseconds>(from.get<std::chrono::nanoseconds>("sleep").value);
  return idle;
}

Profile read_profile(const keyfile::RawConfig& raw, keyfile::Problems& problems) {
  keyfile::check_shape(profile_keys(), raw, problems);
  const keyfile::Section file(profile_keys(), raw, problems);
  Profile profile;
  profile.summary = file.get<std::string>("summary").value;
  profile.bus = file.choice<Bus>("bus").value;
  profile.device = file.choice<DeviceKind>("device").value;
  const keyfile::Marked<std::string> devargs = file.get<std::string>("devargs");
  profile.devargs = devargs.value;
  const keyfile::Section queues = file.section("queues");
  profile.max_queues = number(queues, "max");
  profile.queues = queues.choice<QueueLayout>("layout").value;
  profile.pairs = queues.choice<QueuePairs>("pairs").value;
  profile.egress_tx = queues.choice<EgressTx>("egress_tx").value;
  const keyfile::Section offloads = file.section("offloads");
  profile.rx_checksum = offloads.choice<Checksum>("rx_checksum").value;
  profile.tx_checksum = offloads.choice<Checksum>("tx_checksum").value;
  const keyfile::Section descriptors = file.section("descriptors");
  profile.rx_descriptors = number(descriptors, "rx");
  profile.tx_descriptors = number(descriptors, "tx");
  const keyfile::Section mtu = file.section("mtu");
  profile.min_mtu_bytes = number(mtu, "min");
  profile.max_mtu_bytes = number(mtu, "max");
  profile.mbuf_data_bytes = number(file, "mbuf");
  read_needs(file, profile);
  profile.idle = read_idle(file.section("idle"));
  check_devargs(devargs, profile, problems);
  check_limits(file, profile, problems);
  return profile;
}

}  // namespace

std::vector<std::string> Profile::device_arguments(std::string_view device_name, std::uint16_t workers) const {
  const bool one_device = queues == QueueLayout::kPortQueues;
  std::vector<std::string> arguments;
  for (std::uint16_t queue = 0; queue < (one_device ? 1 : workers); ++queue) {
    std::string argument = replaced(devargs, kQueues, fmt::format("{}", one_device ? workers : 1));
    argument = replaced(std::move(argument), kQueue, fmt::format("{}", queue));
    arguments.push_back(replaced(std::move(argument), kDevice, device_name));
  }
  return arguments;
}

std::uint16_t Profile::tx_queues(std::uint16_t rx_queues) const noexcept {
  return static_cast<std::uint16_t>(egress_tx == EgressTx::kOwnQueue ? rx_queues + 1 : rx_queues);
}

std::string Profile::device_problem(std::string_view device_name) const {
  static const std::regex interface_name("[A-Za-z0-9_.@:-]{1,15}");
  static const std::regex pci_address("([0-9a-fA-F]{4}:)?[0-9a-fA-F]{2}:[01][0-9a-fA-F]\\.[0-7]");
  const std::string text(device_name);
  switch (device) {
    case DeviceKind::kInterface:
      if (std::regex_match(text, interface_name)) return {};
      return fmt::format("profile {} takes the name of an interface; allowed: a name as \"ip link\" shows it", name);
    case DeviceKind::kPci:
      if (std::regex_match(text, pci_address)) return {};
      return fmt::format(
          "profile {} takes a PCI address; allowed: an address like 0000:00:06.0, as \"dpdk-devbind.py -s\" shows it",
          name);
    case DeviceKind::kPath:
      if (text.starts_with('/')) return {};
      return fmt::format("profile {} takes a path; allowed: an absolute path", name);
    case DeviceKind::kName:
      break;
  }
  return {};
}

Profile any_profile() {
  Profile profile;
  profile.device = DeviceKind::kName;
  profile.max_queues = 256;
  profile.min_mtu_bytes = 0;
  profile.max_mtu_bytes = 65'535;
  return profile;
}

std::string dirs_text(const ProfileDirs& dirs) {
  std::vector<std::string> texts;
  for (const std::filesystem::path& dir : dirs) texts.push_back(dir.string());
  return fmt::format("{}", fmt::join(texts, ", "));
}

ProfileDirs profile_dirs(const std::filesystem::path& first) {
  ProfileDirs dirs;
  if (!first.empty()) dirs.push_back(first);
  dirs.emplace_back("/usr/share/sluice/pmd_configs");
  // A binary in build/app/sluice/ finds the profiles of its own tree.
  std::error_code error;
  std::filesystem::path up = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  for (int level = 0; !error && level < 5 && up.has_relative_path(); ++level, up = up.parent_path()) {
    if (std::filesystem::is_directory(up / "pmd_configs", error)) dirs.push_back(up / "pmd_configs");
    error.clear();
  }
  return dirs;
}

std::vector<std::string> profile_names(const ProfileDirs& dirs) {
  std::set<std::string> names;
  for (const std::filesystem::path& dir : dirs) {
    std::error_code error;
    for (std::filesystem::directory_iterator entry(dir, error), end; !error && entry != end; entry.increment(error)) {
      if (entry->path().extension() == ".yaml") names.insert(entry->path().stem().string());
    }
  }
  return {names.begin(), names.end()};
}

diag::Result<Profile> load_profile(std::string_view name, const ProfileDirs& dirs) {
  for (const std::filesystem::path& dir : dirs) {
    const std::filesystem::path file = dir / fmt::format("{}.yaml", name);
    std::error_code error;
    if (std::filesystem::exists(file, error)) return load_profile_file(file);
  }
  return diag::fail(diag::Code::kInvalid, fmt::format("profile {}: no {}.yaml in {}", name, name, dirs_text(dirs)));
}

diag::Result<Profile> load_profile_file(const std::filesystem::path& file) {
  const diag::Result<std::string> text = keyfile::read_file(file);
  if (!text) return diag::fail(text.error());
  keyfile::Problems problems;
  const std::optional<keyfile::RawConfig> raw = keyfile::parse_yaml(*text, problems);
  if (!raw) return diag::fail(problems.error(file));
  Profile profile = read_profile(*raw, problems);
  if (!problems.empty()) return diag::fail(problems.error(file));
  profile.name = file.stem().string();
  return profile;
}

}  // namespace profile
