// SPDX-License-Identifier: Apache-2.0
// config_reference configuration|profiles|schema [DIR]: prints one generated document; DIR holds the profiles.
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "profile/profile.hpp"
#include "reference.hpp"

namespace {

int print(const std::string& text) { return std::fputs(text.c_str(), stdout) < 0 ? 1 : 0; }

int print_profiles(const char* dir) {
  std::vector<profile::Profile> profiles;
  for (const std::string& name : profile::profile_names({dir})) {
    diag::Result<profile::Profile> profile = profile::load_profile(name, {dir});
    if (!profile) {
      std::fprintf(stderr, "%s\n", profile.error().sentence().c_str());
      return 1;
    }
    profiles.push_back(std::move(*profile));
  }
  return print(config::profiles_markdown(profiles));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "configuration") return print(config::configuration_markdown());
  if (what == "schema") return print(config::configuration_schema());
  if (what == "profiles" && argc > 2) return print_profiles(argv[2]);
  std::fprintf(stderr, "usage: config_reference configuration|schema|profiles DIR\n");
  return 1;
}
