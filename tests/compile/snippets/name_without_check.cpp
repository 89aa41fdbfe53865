// SPDX-License-Identifier: Apache-2.0
// layer: dns
// expect: is private within this context|private constructor
#include "dns/name.hpp"

dns::NameView view(base::Bytes bytes) {
#if WRONG
  return dns::NameView(bytes);
#else
  base::ByteReader in(bytes);
  return dns::NameView::read_plain(in);
#endif
}
