// SPDX-License-Identifier: Apache-2.0
/// @file own_answers.hpp – replies made from the settings alone: cookies, questions about this server, type ANY.
///
/// Purpose    the steps of a query path that need neither cache nor upstream. Each of them may end the query.
/// Threads    those of the context.
/// RFC        4892 (identity), 7873 and 9018 (cookies), 8482 (ANY).
#pragma once

#include "answer/context.hpp"
#include "dns/query.hpp"

namespace answer {

/// Checks the server cookie of the query. False: a good one is required and missing; the query is answered BADCOOKIE.
[[nodiscard]] bool takes_cookie(Context& context, Query& query, base::Bytes server_cookie) noexcept;
/// A message without a question that asks for a cookie only.
void answer_cookie_only(Context& context, Query& query) noexcept;
void answer_chaos(Context& context, Query& query, const dns::QueryView& view) noexcept;
void answer_any(Context& context, Query& query) noexcept;

}  // namespace answer
