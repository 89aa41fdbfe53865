// SPDX-License-Identifier: Apache-2.0
// The pipeline: text, RawConfig, CheckedConfig, Settings.
#include "config/config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "checked.hpp"
#include "keyfile/file.hpp"
#include "keyfile/key_values.hpp"

namespace config {
namespace {

/// The profile that the file names; an unknown name is reported with its mark.
std::optional<Profile> named_profile(const Marked<std::string>& name, const profile::ProfileDirs& dirs,
                                     Problems& problems, std::optional<diag::Error>& profile_error) {
  if (!name.usable()) return std::nullopt;
  const std::vector<std::string> names = profile::profile_names(dirs);
  if (std::find(names.begin(), names.end(), name.value) == names.end()) {
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    problems.add(name.mark, name.key,
                 fmt::format("there is no profile \"{}\"{}", name.value, keyfile::did_you_mean(name.value, candidates)),
                 names.empty() ? fmt::format("a file in one of: {}", profile::dirs_text(dirs))
                               : fmt::format("{}", fmt::join(names, ", ")));
    return std::nullopt;
  }
  diag::Result<Profile> profile = profile::load_profile(name.value, dirs);
  if (profile) return std::move(*profile);
  profile_error = profile.error();
  return std::nullopt;
}

}  // namespace

diag::Result<Settings> load(const std::filesystem::path& file, const Machine& machine,
                            const profile::ProfileDirs& profiles) {
  return keyfile::read_file(file).and_then(
      [&](const std::string& text) { return load_text(text, file, machine, profiles); });
}

diag::Result<Settings> load_text(std::string_view text, const std::filesystem::path& file, const Machine& machine,
                                 const profile::ProfileDirs& profiles) {
  if (machine.cpus.empty()) return diag::fail(diag::Code::kInternal, "the machine has no CPU");
  Problems problems;
  const std::optional<keyfile::RawConfig> raw = keyfile::parse_yaml(text, problems);
  if (!raw) return diag::fail(problems.error(file));

  keyfile::check_shape(config_keys(), *raw, problems, renamed_keys());
  const Section contents(config_keys(), *raw, problems);
  const CheckedConfig checked = check(contents, *raw);
  check_contradictions(checked, problems);

  std::optional<diag::Error> profile_error;
  const std::optional<Profile> profile = named_profile(checked.port.profile, profiles, problems, profile_error);
  Settings settings = settle(contents, checked, machine, profile.value_or(profile::any_profile()), problems);
  if (!problems.empty()) return diag::fail(problems.error(file));
  if (profile_error) return diag::fail(std::move(*profile_error));
  settings.file = file;
  settings.values = keyfile::key_values(config_keys(), *raw);
  return settings;
}

profile::EalSpec eal_spec(const Settings& settings) {
  profile::EalSpec spec{.profile = settings.profile,
                        .device = settings.port.device,
                        .workers = settings.workers(),
                        .lcores = {},
                        .hugepages = settings.memory.hugepages,
                        .eal_bytes = settings.memory.eal_bytes,
                        .control_socket = settings.control_socket,
                        .arguments = settings.eal};
  for (const PollThread& thread : settings.lcores.threads) spec.lcores.push_back({thread.lcore, thread.cpu});
  spec.lcores.push_back({settings.control_lcore(), settings.lcores.control_cpu});
  return spec;
}

}  // namespace config
