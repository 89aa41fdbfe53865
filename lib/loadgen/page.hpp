// SPDX-License-Identifier: Apache-2.0
// The report as a page for people, from its JSON.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace loadgen {

[[nodiscard]] std::string to_page(const nlohmann::ordered_json& report);

}  // namespace loadgen
