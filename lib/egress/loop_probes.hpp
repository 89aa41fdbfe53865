// SPDX-License-Identifier: Apache-2.0
/// @file loop_probes.hpp – does a server ask us what we ask it?
///
/// Purpose    asks each server now and then for a name that nobody can know. When the name comes back as a client's
///            question, the server sends its questions to us: it is not asked until a later probe stays away.
/// Threads    egress only.
/// Cost       one packet for each server when its path becomes known and every hour, every minute while it is a loop; a
///            look at all servers each second. Probes take tokens like everything else.
/// RFC        4086 (the names are drawn, not counted), 6761 §6.2 (.test: nobody else has them).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/instant.hpp"
#include "completer.hpp"
#include "dns/question_key.hpp"
#include "sender.hpp"
#include "tables.hpp"

namespace egress {

class LoopProbes {
 public:
  LoopProbes(Tables& tables, Sender& sender, Completer& completer) noexcept
      : tables_(&tables), sender_(&sender), completer_(&completer) {}

  void poll(base::Instant now) noexcept {
    if (tables_->settings.loop_detection == LoopDetection::kOn && next_look_at_ <= now) look(now);
  }
  /// A client asked this name below kLoopZone.
  void take(dns::KeyView key) noexcept;

 private:
  static constexpr std::size_t kLabelBytes = 16;
  struct Probe {
    std::array<std::byte, kLabelBytes> label{};
    base::Instant due_at;                              // when the next one is sent
    base::Instant judged_at = base::Instant::never();  // what has not come back by then is no loop
    bool came_back = false;
  };

  void look(base::Instant now) noexcept;
  void look_at(std::uint16_t uplink, std::uint8_t server, base::Instant now) noexcept;
  [[nodiscard]] bool ask(Probe& probe, std::uint16_t uplink, std::uint8_t server, base::Instant now) noexcept;

  Tables* tables_;
  Sender* sender_;
  Completer* completer_;
  std::array<std::array<Probe, kMaxServersPerUplink>, kMaxUplinks> probes_{};
  base::Instant next_look_at_;
};

}  // namespace egress
