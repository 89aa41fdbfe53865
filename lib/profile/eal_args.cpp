// SPDX-License-Identifier: Apache-2.0
// EalSpec to rte_eal_init()'s argv.
#include "profile/eal_args.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace profile {
namespace {

struct Option {
  std::string_view text;  // as it begins an argument
  enum class Form : std::uint8_t { kShort, kLong } form;
};

/// Whether `argument` is that option: "-m", "-m512"; "--file-prefix", "--file-prefix=x".
bool is_option(std::string_view argument, const Option& option) {
  if (!argument.starts_with(option.text)) return false;
  if (option.form == Option::Form::kShort) return true;
  const std::string_view rest = argument.substr(option.text.size());
  return rest.empty() || rest.front() == '=';
}

constexpr Option kShortMemory{"-m", Option::Form::kShort};
constexpr Option kSocketMemory{"--socket-mem", Option::Form::kLong};
constexpr Option kFilePrefix{"--file-prefix", Option::Form::kLong};
constexpr Option kInMemory{"--in-memory", Option::Form::kLong};
constexpr Option kLegacyMemory{"--legacy-mem", Option::Form::kLong};
constexpr Option kHugeUnlink{"--huge-unlink", Option::Form::kLong};
constexpr Option kHugeDir{"--huge-dir", Option::Form::kLong};
constexpr Option kNoHuge{"--no-huge", Option::Form::kLong};
constexpr Option kNoShconf{"--no-shconf", Option::Form::kLong};

/// Options that only the configuration decides.
constexpr std::array kRefused{
    Option{"-c", Option::Form::kShort},
    Option{"-l", Option::Form::kShort},
    Option{"-s", Option::Form::kShort},
    Option{"-S", Option::Form::kShort},
    Option{"--lcores", Option::Form::kLong},
    Option{"--main-lcore", Option::Form::kLong},
    Option{"--master-lcore", Option::Form::kLong},
};

bool has(std::span<const std::string> arguments, const Option& option) {
  return std::any_of(arguments.begin(), arguments.end(),
                     [&](const std::string& argument) { return is_option(argument, option); });
}

/// "/run/sluice/control.sock" → "sluice"; "/run/sluice/b.sock" → "sluice-b". Two daemons on one machine have two
/// sockets, and so two prefixes.
std::string file_prefix(const std::filesystem::path& socket) {
  std::string prefix = socket.parent_path().filename().string();
  const std::string stem = socket.stem().string();
  if (stem != "control" || prefix.empty()) prefix += (prefix.empty() ? "" : "-") + stem;
  for (char& c : prefix) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!plain) c = '_';
  }
  return prefix;
}

/// "0@2,1@3": lcore 0 on CPU 2, lcore 1 on CPU 3; the last one is control's.
std::string lcore_map(const EalSpec& spec) {
  std::vector<std::string> places;
  for (const LcorePlace& place : spec.lcores) places.push_back(fmt::format("{}@{}", place.lcore.value(), place.cpu));
  return fmt::format("{}", fmt::join(places, ","));
}

bool without_hugepages(const EalSpec& spec, std::span<const std::string> extra) {
  return !spec.hugepages || has(extra, kNoHuge);
}

/// Without hugepages EAL 22.11 uses its legacy mode, which excludes --in-memory; --no-shconf avoids the other shared
/// files.
void add_memory(const EalSpec& spec, std::span<const std::string> extra, std::vector<std::string>& args) {
  constexpr std::uint64_t kMiB = 1ULL << 20;
  const bool shared = has(extra, kLegacyMemory) || has(extra, kHugeUnlink) || has(extra, kHugeDir);
  if (without_hugepages(spec, extra)) {
    if (!has(extra, kNoHuge)) args.emplace_back("--no-huge");
    if (!has(extra, kNoShconf)) args.emplace_back("--no-shconf");
  } else if (!has(extra, kInMemory) && !shared) {
    args.emplace_back("--in-memory");
  }
  if (!has(extra, kShortMemory) && !has(extra, kSocketMemory)) {
    args.emplace_back("-m");
    args.push_back(fmt::format("{}", spec.eal_bytes / kMiB));
  }
}

void add_devices(const EalSpec& spec, std::vector<std::string>& args) {
  const bool virtual_device = spec.profile.bus == Bus::kVdev;
  if (virtual_device) args.emplace_back("--no-pci");
  for (std::string& device : spec.profile.device_arguments(spec.device, spec.workers)) {
    if (virtual_device) {
      args.push_back("--vdev=" + device);
    } else {
      args.emplace_back("-a");
      args.push_back(std::move(device));
    }
  }
}

}  // namespace

std::string eal_argument_problem(std::string_view argument) {
  if (argument == "--") return "ends the arguments; allowed: arguments without \"--\"";
  for (const Option& option : kRefused) {
    if (is_option(argument, option)) {
      return fmt::format("\"{}\" selects lcores; use the key lcores; allowed: other EAL arguments", argument);
    }
  }
  if (is_option(argument, {"--proc-type", Option::Form::kLong})) {
    return fmt::format("\"{}\" is decided by the daemon; allowed: other EAL arguments", argument);
  }
  if (argument.starts_with('-') && argument.find(' ') != std::string_view::npos) {
    return fmt::format("\"{}\" has a blank in it; allowed: an option and its value as two elements, or joined by \"=\"",
                       argument);
  }
  return {};
}

diag::Result<std::vector<std::string>> eal_args(const EalSpec& spec, std::span<const std::string> extra) {
  for (const std::string& argument : extra) {
    const std::string problem = eal_argument_problem(argument);
    if (!problem.empty()) return diag::fail(diag::Code::kInvalid, "EAL argument: " + problem);
  }
  std::vector<std::string> given = spec.arguments;
  given.insert(given.end(), extra.begin(), extra.end());

  std::vector<std::string> args{"sluice", "--lcores=" + lcore_map(spec),
                                fmt::format("--main-lcore={}", spec.lcores.back().lcore.value())};
  if (!has(given, kFilePrefix)) args.push_back("--file-prefix=" + file_prefix(spec.control_socket));
  add_memory(spec, given, args);
  add_devices(spec, args);
  const bool drop_in_memory = without_hugepages(spec, given);
  std::copy_if(given.begin(), given.end(), std::back_inserter(args),
               [&](const std::string& argument) { return !drop_in_memory || !is_option(argument, kInMemory); });
  return args;
}

}  // namespace profile
