// SPDX-License-Identifier: Apache-2.0
/// @file render.hpp – replies as text.
///
/// Purpose    one function for each verb, from the reply's data to text that ends with a newline; a verb without one
///            is shown as a list of keys and values.
/// Threads    pure functions.
/// Errors     a reply of another version may lack a name: it is shown as 0, as "-" or not at all.
#pragma once

#include <string>
#include <string_view>

#include "client.hpp"

namespace sluicectl {

/// `verb` as in the request.
[[nodiscard]] std::string render(std::string_view verb, const Json& data);

}  // namespace sluicectl
