// SPDX-License-Identifier: Apache-2.0
// Handles, phases and their patience, without sockets.
#include "connection_table.hpp"

#include <gtest/gtest.h>

#include "client_counts.hpp"

namespace {

using std::chrono::milliseconds;
using tcp_server::Connection;
using tcp_server::ConnectionTable;
using tcp_server::Phase;

constexpr base::Instant kStart(1'000'000'000);
constexpr answer::TcpSettings kSettings{
    .max_connections = 3, .idle_timeout = milliseconds(100), .query_timeout = milliseconds(50)};

std::unique_ptr<Connection> make() { return std::make_unique<Connection>(sockets::Fd(), net::Flow{}); }

TEST(ConnectionTable, AHandleNamesItsConnectionOnlyAsLongAsThatIsThere) {
  ConnectionTable table(kSettings);
  Connection& first = table.add(make(), kStart);
  const base::Handle handle = first.handle;
  EXPECT_EQ(table.find(handle), &first);
  EXPECT_EQ(table.find({}), nullptr) << "the handle of what came over UDP";
  static_cast<void>(table.remove(first));
  EXPECT_EQ(table.find(handle), nullptr);
  const Connection& second = table.add(make(), kStart);
  EXPECT_EQ(second.handle.index, handle.index);
  EXPECT_EQ(table.find(handle), nullptr);
  EXPECT_EQ(table.find({99, 1}), nullptr);
}

TEST(ConnectionTable, IsFullAtItsLimit) {
  ConnectionTable table(kSettings);
  for (int i = 0; i < 3; ++i) table.add(make(), kStart);
  EXPECT_TRUE(table.is_full());
  static_cast<void>(table.remove(*table.any()));
  EXPECT_FALSE(table.is_full());
  EXPECT_EQ(table.size(), 2U);
}

TEST(ConnectionTable, ThoseWhosePatienceIsOverAreFoundInOrder) {
  ConnectionTable table(kSettings);
  Connection& first = table.add(make(), kStart);
  Connection& second = table.add(make(), kStart + milliseconds(10));
  EXPECT_EQ(table.overdue(kStart + milliseconds(99)), nullptr);
  EXPECT_EQ(table.overdue(kStart + milliseconds(100)), &first);
  ++first.queries;
  table.place(first, kStart + milliseconds(50));
  EXPECT_EQ(table.overdue(kStart + milliseconds(110)), &second);
  EXPECT_EQ(table.longest_in(Phase::kIdle), &second);
}

TEST(ConnectionTable, ThoseWhoWaitForUsHaveAllTheTimeThatWeTake) {
  ConnectionTable table(kSettings);
  Connection& waiting = table.add(make(), kStart);
  waiting.in_flight = 1;
  table.place(waiting, kStart);
  EXPECT_EQ(table.overdue(kStart + std::chrono::hours(1)), nullptr);
  EXPECT_EQ(table.longest_in(Phase::kIdle), nullptr);
}

TEST(ConnectionTable, ALaterPieceOfAQueryGainsNoTime) {
  ConnectionTable table(kSettings);
  Connection& slow = table.add(make(), kStart);
  const std::byte octet{0};
  slow.inbox.keep({&octet, 1});
  table.place(slow, kStart);
  table.place(slow, kStart + milliseconds(40));
  EXPECT_EQ(table.overdue(kStart + milliseconds(50)), &slow);
}

TEST(ClientCounts, EachAddressHasItsShareAndLeavesNothingBehind) {
  base::KeyedHash::Secret secret{};
  const base::KeyedHash hash(secret);
  tcp_server::ClientCounts counts(hash, 2);
  const net::IpAddress one;
  const std::array<std::byte, 4> octets{std::byte{10}};
  const net::IpAddress other = net::IpAddress::v4(octets.data());
  EXPECT_EQ(counts.take(one), tcp_server::ClientCounts::Verdict::kTaken);
  EXPECT_EQ(counts.take(one), tcp_server::ClientCounts::Verdict::kTaken);
  EXPECT_EQ(counts.take(one), tcp_server::ClientCounts::Verdict::kTooMany);
  EXPECT_EQ(counts.take(other), tcp_server::ClientCounts::Verdict::kTaken);
  EXPECT_EQ(counts.of(one), 2U);
  counts.give_back(one);
  counts.give_back(one);
  counts.give_back(other);
  EXPECT_EQ(counts.addresses(), 0U);
}

}  // namespace
