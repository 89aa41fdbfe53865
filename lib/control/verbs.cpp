// SPDX-License-Identifier: Apache-2.0
// Runs each control verb: reads a report at once, or asks the egress core by its mailbox.
#include "verbs.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <rte_version.h>

#include "diag/log.hpp"
#include "mailbox_client.hpp"
#include "reports/reports.hpp"
#include "snapshots.hpp"
#include "spill_log.hpp"
#include "uv_timer.hpp"
#include "verbs/table.hpp"

namespace control {
namespace {

using reports::View;
using MailboxVerb = worker::Mailbox::Request;

constexpr std::uint64_t kSnapshotTickMs = 2;

void fill_flush(worker::Mailbox& box, const Request& request) {
  box.request = MailboxVerb::kFlush;
  box.scope = request.scope;
  std::copy(request.qname.begin(), request.qname.end(), box.name.begin());
  box.name_bytes = static_cast<std::uint16_t>(request.qname.size());
  box.only = request.only;
}

diag::Error no_blocks() {
  return {diag::Code::kUnavailable, "blocks: client blocking is not enabled on this appliance"};
}

}  // namespace

struct Verbs::State final : verbs::Actions {
  State(uv_loop_t& loop, const View& on, const Controls& with, std::chrono::milliseconds egress_timeout)
      : view(&on),
        controls(with),
        mailbox(loop, *with.mailbox, egress_timeout),
        snapshot_timer(loop, [this] { on_snapshot_tick(); }) {}

  void status(const Request& request, Reply reply) override;
  void stats(const Request& request, Reply reply) override;
  void inflight(const Request& request, Reply reply) override;
  void fetchlimit(const Request& request, Reply reply) override;
  void upstreams(const Request& request, Reply reply) override;
  void cache_lookup(const Request& request, Reply reply) override;
  void cache_flush(const Request& request, Reply reply) override;
  void cache_stats(const Request& request, Reply reply) override;
  void cache_dump(const Request& request, Reply reply) override;
  void cache_load(const Request& request, Reply reply) override;
  void top(const Request& request, Reply reply) override;
  void blocks_list(const Request& request, Reply reply) override;
  void blocks_add(const Request& request, Reply reply) override;
  void blocks_clear(const Request& request, Reply reply) override;
  void reload(const Request& request, Reply reply) override;
  void version(const Request& request, Reply reply) override;

  void log_spills();
  void begin_snapshot(Snapshots::Kind kind, const Request& request, Reply reply);
  void on_snapshot_tick();

  const View* view;
  Controls controls;
  std::vector<egress::InflightRow> rows;  // memory that the egress core fills; grows once, before its first use
  std::vector<egress::ZoneRow> zones;     // the same
  std::vector<egress::ZoneRow> spilled;   // the same
  SpillLog spills;
  bool spills_requested = false;
  MailboxClient mailbox;
  UvTimer snapshot_timer;  // runs while a client waits for a snapshot job
  bool batch_is_posted = false;
  std::function<void(Reply)> reload_action;
};

void Verbs::State::status(const Request& /*request*/, Reply reply) { reply(reports::status_report(*view)); }

void Verbs::State::stats(const Request& /*request*/, Reply reply) { reply(reports::stats_report(*view)); }

void Verbs::State::upstreams(const Request& /*request*/, Reply reply) { reply(reports::upstreams_report(*view)); }

void Verbs::State::cache_lookup(const Request& request, Reply reply) { reply(reports::lookup_report(*view, request)); }

void Verbs::State::cache_stats(const Request& /*request*/, Reply reply) { reply(reports::cache_stats_report(*view)); }

void Verbs::State::version(const Request& /*request*/, Reply reply) { reply(reports::version_report(rte_version())); }

void Verbs::State::inflight(const Request& request, Reply reply) {
  rows.resize(verbs::kMaxInflightRows);
  mailbox.submit({.fill =
                      [this, limit = request.limit.value_or(verbs::kDefaultInflightRows)](worker::Mailbox& box) {
                        box.request = MailboxVerb::kListInflight;
                        box.rows = std::span(rows).first(limit);
                      },
                  .read =
                      [this](const worker::Mailbox& box) {
                        const auto filled = std::span(rows).first(std::min(box.count, rows.size()));
                        return reports::inflight_report(*view, filled);
                      },
                  .reply = std::move(reply)});
}

void Verbs::State::fetchlimit(const Request& /*request*/, Reply reply) {
  zones.resize(verbs::kMaxZoneRows);
  mailbox.submit({.fill =
                      [this](worker::Mailbox& box) {
                        box.request = MailboxVerb::kListZones;
                        box.zones = zones;
                      },
                  .read =
                      [this](const worker::Mailbox& box) {
                        const auto filled = std::span(zones).first(std::min(box.count, zones.size()));
                        return reports::fetchlimit_report(*view, filled);
                      },
                  .reply = std::move(reply)});
}

void Verbs::State::cache_flush(const Request& request, Reply reply) {
  mailbox.submit({.fill = [request](worker::Mailbox& box) { fill_flush(box, request); },
                  .read =
                      [](const worker::Mailbox& box) {
                        return Json{{"flushed", box.count}};
                      },
                  .reply = std::move(reply)});
}

void Verbs::State::top(const Request& request, Reply reply) {
  if (view->watcher == nullptr) {
    return reply(diag::fail(diag::Code::kUnavailable, "top: topk is off in the configuration"));
  }
  const std::size_t limit = request.limit.value_or(verbs::kDefaultTopRows);
  reply(blocking::top_report(view->watcher->last(), request.subject, request.by, limit));
}

void Verbs::State::blocks_list(const Request& /*request*/, Reply reply) {
  if (controls.blocks == nullptr) return reply(diag::fail(no_blocks()));
  reply(controls.blocks->report(view->clock->now()));
}

void Verbs::State::blocks_add(const Request& request, Reply reply) {
  if (controls.blocks == nullptr) return reply(diag::fail(no_blocks()));
  const base::Instant now = view->clock->now();
  if (auto added = controls.blocks->add(request.block, now); !added) return reply(diag::fail(added.error()));
  reply(controls.blocks->report(now));
}

void Verbs::State::blocks_clear(const Request& request, Reply reply) {
  if (controls.blocks == nullptr) return reply(diag::fail(no_blocks()));
  reply(Json{{"cleared", controls.blocks->clear(request.prefix)}});
}

void Verbs::State::reload(const Request& /*request*/, Reply reply) {
  if (reload_action) return reload_action(std::move(reply));
  reply(diag::fail(diag::Code::kUnavailable, "reload: this appliance was started without a configuration file"));
}

// At most one request for the list is outstanding: the egress core answers within milliseconds unless it is stuck.
void Verbs::State::log_spills() {
  if (spills_requested || !spills.has_news(view->engine->counters())) return;
  spills_requested = true;
  spilled.resize(verbs::kMaxZoneRows);
  mailbox.submit({.fill =
                      [this](worker::Mailbox& box) {
                        box.request = MailboxVerb::kListZones;
                        box.zones = spilled;
                      },
                  .read =
                      [this](const worker::Mailbox& box) {
                        const auto filled = std::span(spilled).first(std::min(box.count, spilled.size()));
                        for (const std::string& line : spills.look(filled, view->clock->now())) {
                          diag::log().warn("{}", line);
                        }
                        return Json();
                      },
                  .reply = [this](const diag::Result<Json>& /*done*/) { spills_requested = false; }});
}

void Verbs::State::cache_dump(const Request& request, Reply reply) {
  begin_snapshot(Snapshots::Kind::kDump, request, std::move(reply));
}

void Verbs::State::cache_load(const Request& request, Reply reply) {
  begin_snapshot(Snapshots::Kind::kLoad, request, std::move(reply));
}

void Verbs::State::begin_snapshot(Snapshots::Kind kind, const Request& request, Reply reply) {
  if (controls.snapshots == nullptr) {
    return reply(diag::fail(diag::Code::kUnavailable, "snapshots are disabled on this appliance"));
  }
  controls.snapshots->begin(kind, request.file, std::move(reply));
  snapshot_timer.start(kSnapshotTickMs);
}

// Only the egress core writes the cache, so a load sends its batches there, one at a time.
void Verbs::State::on_snapshot_tick() {
  controls.snapshots->look();
  if (!controls.snapshots->is_busy()) return snapshot_timer.stop();
  const auto batch = controls.snapshots->batch();
  if (batch.empty() || batch_is_posted) return;
  batch_is_posted = true;
  mailbox.submit({.fill =
                      [batch](worker::Mailbox& box) {
                        box.request = MailboxVerb::kLoad;
                        box.entries = batch;
                      },
                  .read =
                      [](const worker::Mailbox& box) {
                        return Json{{"kept", box.count}};
                      },
                  .reply =
                      [this](const diag::Result<Json>& result) {
                        // After a timeout the egress core may still read the batch: no further one is posted.
                        if (!result) return controls.snapshots->give_back(std::nullopt);
                        batch_is_posted = false;
                        controls.snapshots->give_back((*result)["kept"].get<std::size_t>());
                      }});
}

Verbs::Verbs(uv_loop_t& loop, const View& view, const Controls& controls, std::chrono::milliseconds egress_timeout)
    : state_(std::make_unique<State>(loop, view, controls, egress_timeout)) {}
Verbs::~Verbs() = default;

void Verbs::on_reload(std::function<void(Reply)> reload) { state_->reload_action = std::move(reload); }

void Verbs::look() { state_->log_spills(); }

void Verbs::handle(const Request& request, Reply reply) {
  verbs::Actions& actions = *state_;
  (actions.*request.verb->run)(request, std::move(reply));
}

}  // namespace control
