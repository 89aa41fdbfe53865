// SPDX-License-Identifier: Apache-2.0
// layer: dns
// twin: layer egress
// expect: cache/cache.hpp.*(No such file|not found)
#include "cache/cache.hpp"
