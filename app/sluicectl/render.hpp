// SPDX-License-Identifier: Apache-2.0
/// @file render.hpp – replies as a person reads them.
///
/// Purpose    one function for each verb, from the reply's data to text that ends with a line end.
/// Threads    pure functions.
/// Errors     a reply of another version may lack a name: it is shown as 0, "-" or not at all, never refused.
#pragma once

#include <string>
#include <string_view>

#include "client.hpp"

namespace sluicectl {

/// `verb` as it stands in the request.
[[nodiscard]] std::string render(std::string_view verb, const Json& data);

}  // namespace sluicectl
