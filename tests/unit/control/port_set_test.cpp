// SPDX-License-Identifier: Apache-2.0
#include "port_set.hpp"

#include <gtest/gtest.h>

namespace control {
namespace {

// The memory plan makes an mbuf as large as a frame of port.mtu; a pool of another size would split jumbo frames.
TEST(PortSet, PacketPoolHasTheSizeThatTheMemoryPlanCounts) {
  config::Settings settings;
  settings.profile.mbuf_data_bytes = 2'048;
  settings.memory.mbuf_data_bytes = 9'088;
  settings.memory.mbufs_per_worker = 16'383;
  const dpdk::PacketPool::Spec spec = pool_spec(settings, 3);
  EXPECT_EQ(spec.data_bytes, 9'088U);
  EXPECT_EQ(spec.mbufs, 16'383U);
  EXPECT_EQ(spec.name, "rx3");
}

}  // namespace
}  // namespace control
