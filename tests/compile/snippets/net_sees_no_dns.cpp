// SPDX-License-Identifier: Apache-2.0
// layer: net
// twin: layer egress
// expect: dns/types.hpp.*(No such file|not found)
#include "dns/types.hpp"
