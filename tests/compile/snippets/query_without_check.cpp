// SPDX-License-Identifier: Apache-2.0
// layer: dns
// expect: no matching (function for call to|constructor|conversion)|is private within|private constructor|is inaccessible
#include "dns/query.hpp"

bool accepted(base::Bytes message) {
#if WRONG
  return dns::QueryView(message).qname().empty();
#else
  return dns::QueryView::parse(message).has_value();
#endif
}
