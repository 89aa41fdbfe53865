// SPDX-License-Identifier: Apache-2.0
// layer: cache
// twin: layer worker
// expect: egress/settings.hpp.*(No such file|not found)
#include "egress/settings.hpp"
