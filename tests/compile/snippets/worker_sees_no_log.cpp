// SPDX-License-Identifier: Apache-2.0
// layer: worker
// twin: layer dpdk
// expect: diag/result.hpp.*(No such file|not found)
#include "diag/result.hpp"
