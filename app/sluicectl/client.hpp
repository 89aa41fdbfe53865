// SPDX-License-Identifier: Apache-2.0
/// @file client.hpp – one request to the appliance's control socket, one reply.
///
/// Purpose    a plain blocking socket; every error says what to do.
/// Threads    any; blocks for at most `timeout`.
/// Ownership  the connection lives as long as the call.
/// Errors     kUnavailable: no appliance answers (exit status 2); kInvalid: it refused the request (exit status 1).
#pragma once

#include <chrono>
#include <string>

#include <nlohmann/json.hpp>

#include "diag/result.hpp"

namespace sluicectl {

using Json = nlohmann::ordered_json;

inline constexpr std::chrono::seconds kReplyTimeout{10};

/// The data of the reply.
[[nodiscard]] diag::Result<Json> ask(const std::string& socket_path, const Json& request,
                                     std::chrono::seconds timeout = kReplyTimeout);

}  // namespace sluicectl
