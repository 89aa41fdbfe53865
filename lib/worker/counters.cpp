// SPDX-License-Identifier: Apache-2.0
// The table behind the counter names.
#include "worker/counters.hpp"

namespace worker {
namespace {

constexpr std::array kRows{
#define SLUICE_ROW(name, text, help) CounterRow{Counter::name, CounterGroup::kFate, text, help},
    SLUICE_QUERY_FATES(SLUICE_ROW)
#undef SLUICE_ROW
#define SLUICE_ROW(name, text, help) CounterRow{Counter::name, CounterGroup::kFrameDrop, text, help},
        SLUICE_FRAME_DROPS(SLUICE_ROW)
#undef SLUICE_ROW
#define SLUICE_ROW(name, text, help) CounterRow{Counter::name, CounterGroup::kFlow, text, help},
            SLUICE_WORKER_FLOWS(SLUICE_ROW)
#undef SLUICE_ROW
};
static_assert(kRows.size() == static_cast<std::size_t>(Counter::kCount));

}  // namespace

std::span<const CounterRow> counter_rows() noexcept { return kRows; }

}  // namespace worker
