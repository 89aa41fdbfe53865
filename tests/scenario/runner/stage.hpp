// SPDX-License-Identifier: Apache-2.0
/// @file stage.hpp – the appliance of a scenario, its clients and its upstream servers.
///
/// Purpose    frames in and out under names: "A" is a client, "U1" a packet that went upstream.
/// Threads    one; the clock stands still but for advance_to().
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "config/settings.hpp"
#include "message.hpp"
#include "net/address.hpp"
#include "script.hpp"
#include "support/in_process.hpp"

namespace scenario {

/// A packet that left the appliance.
struct Sent {
  net::Flow flow;
  std::vector<std::byte> bytes;  // of the DNS message
  Message message;
  std::optional<egress::TcpFetch> stream;  // asked over TCP
  bool by_tcp = false;                     // answered over TCP
};

class Stage {
 public:
  /// Takes what it knows out of the scenario's settings.
  explicit Stage(Scenario& scenario);

  void advance_to(std::chrono::nanoseconds at);
  /// A datagram from a client to port 53; the worker is the client's own. With `tcp` a message of its connection.
  void send_from_client(const std::string& client, base::Bytes message, Options& options, int line);
  void send_from_upstream(const net::Flow& flow, base::Bytes message);
  /// What comes of a question over TCP: a message, or none.
  void answer_stream(const egress::TcpFetch& ask, base::Bytes message);
  void close_stream(const egress::TcpFetch& ask);
  void set_path(const std::string& server, bool up, int line);
  void set_wire(bool accepts);

  /// The next packet upstream, or to a client, that no step has looked at yet.
  [[nodiscard]] std::optional<Sent> next_query();
  [[nodiscard]] std::optional<Sent> next_reply(const std::string& client, int line);
  /// What no step has looked at, in words; empty: nothing.
  [[nodiscard]] std::string leftovers() const;

  [[nodiscard]] std::uint64_t count(const std::string& name, int line) const;
  /// All drop counters that are not zero, "name=1, other=2".
  [[nodiscard]] std::string drops() const;
  [[nodiscard]] test::InProcess& appliance() { return *appliance_; }
  [[nodiscard]] std::uint16_t next_id() { return ++last_id_; }

 private:
  struct Client {
    net::IpAddress address;
    std::uint16_t port = 0;
    std::size_t worker = 0;
    base::Handle stream;
  };
  void take_stream_replies();
  [[nodiscard]] Client& client_of(const std::string& name);
  void settle();

  std::unique_ptr<config::Settings> settings_;  // of the zones and of local data
  std::unique_ptr<test::InProcess> appliance_;
  std::size_t workers_ = 1;
  base::FixedVector<egress::UplinkSettings, egress::kMaxUplinks> uplinks_;
  base::Instant start_;
  std::map<std::string, Client> clients_;
  std::deque<Sent> queries_;
  std::deque<Sent> replies_;
  std::deque<std::vector<std::byte>> stream_messages_;  // egress reads them where they are
  std::uint16_t last_id_ = 0;
};

}  // namespace scenario
