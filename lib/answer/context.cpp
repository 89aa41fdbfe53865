// SPDX-License-Identifier: Apache-2.0
// Error replies, and the EDNS options and header bits of every reply.
#include "answer/context.hpp"

#include <algorithm>

namespace answer {

dns::ReplyExtras Context::extras_for(const dns::ClientState& client, const net::IpAddress& address,
                                     dns::Ede ede) const noexcept {
  const ProtocolSettings& protocol = generation->protocol;
  dns::ReplyExtras extras(ede);
  extras.rotation = protocol.rotation;
  if (client.edns.wants_nsid) extras.nsid = protocol.nsid.span();  // RFC 5001 §2.1: only if the client asked for it
  // RFC 7828 §3.2.2: never over UDP.
  if (client.edns.has_keepalive && client.is_over_tcp()) {
    extras.keepalive_100ms =
        static_cast<std::uint16_t>(std::min<std::int64_t>(protocol.keepalive.count() / 100, 0xffff));
  }
  if (client.edns.has_cookie && protocol.cookies) {
    extras.has_cookie = true;
    extras.server_cookie = protocol.cookies->make(client.edns.client_cookie, address, generation->wall->unix_sec(now));
  }
  return extras;
}

dns::ReplyExtras Context::extras_for_cached(const dns::ClientState& client, const net::IpAddress& address,
                                            dns::KeyView key, dns::Ede ede) const noexcept {
  dns::ReplyExtras extras = extras_for(client, address, ede);
  if (!generation->protocol.trusts_ad(key.uplink())) extras.ad = dns::AdBit::kClear;
  return extras;
}

void Context::reply_error(Query& query, Counter outcome, dns::Rcode rcode, dns::Ede ede) noexcept {
  counters.add(outcome);
  const dns::ReplyExtras extras = extras_for(query.client, query.flow->source, ede);
  finish(query, dns::write_error(query.room, query.question_end, query.client, rcode, extras));
}

void Context::reply_overload(Query& query, Counter outcome, policy::OverloadAction action) noexcept {
  const auto rcode = policy::rcode_of(action);
  if (!rcode) return drop(query, outcome);
  reply_error(query, outcome, *rcode, dns::Ede::kNotReady);
}

}  // namespace answer
