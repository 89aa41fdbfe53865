// SPDX-License-Identifier: Apache-2.0
// From a request to its report.
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

namespace control {
namespace {

using reports::View;
using verbs::FlushScope;
using verbs::Verb;

using Asked = worker::Mailbox::Request;
constexpr std::uint64_t kSnapshotTickMs = 2;

void fill_flush(worker::Mailbox& box, const Request& request) {
  static constexpr std::byte kRoot{0};
  const base::Bytes name =
      request.scope == FlushScope::kEverything ? base::Bytes(&kRoot, 1) : base::Bytes(request.qname);
  box.request = request.scope == FlushScope::kName ? Asked::kFlushName : Asked::kFlush;
  std::copy(name.begin(), name.end(), box.suffix.begin());
  box.suffix_bytes = static_cast<std::uint16_t>(name.size());
  box.only = request.only;
}

diag::Result<Json> blocks_verb(blocking::Blocks* blocks, const View& view, const Request& request) {
  if (blocks == nullptr) {
    return diag::fail(diag::Code::kUnavailable, "blocks: client blocking is not enabled on this appliance");
  }
  const base::Instant now = view.clock->now();
  if (request.verb == Verb::kBlocksClear) return Json{{"cleared", blocks->clear(request.prefix)}};
  if (request.verb == Verb::kBlocksAdd) {
    if (auto added = blocks->add(request.block, now); !added) return diag::fail(added.error());
  }
  return blocks->report(now);
}

}  // namespace

struct Verbs::State {
  State(uv_loop_t& loop, const View& on, const Controls& with, std::chrono::milliseconds patience)
      : view(&on),
        controls(with),
        mailbox(loop, *with.mailbox, patience),
        snapshot_timer(loop, [this] { on_snapshot_tick(); }) {}

  void list(const Request& request, Reply reply);
  void list_limited(Reply reply);
  void flush(const Request& request, Reply reply);
  void log_spills();
  void move_cache(const Request& request, Reply reply);
  void on_snapshot_tick();

  const View* view;
  Controls controls;
  std::vector<egress::InflightRow> rows;  // for the egress core; grows once, before it is first lent
  std::vector<egress::ZoneRow> zones;     // lent in the same way
  std::vector<egress::ZoneRow> spilled;   // lent in the same way
  SpillLog spills;
  bool asks_for_spills = false;
  MailboxClient mailbox;
  UvTimer snapshot_timer;  // runs while a client waits for a snapshot job
  bool batch_is_away = false;
  std::function<void(Reply)> reload;
};

void Verbs::State::list(const Request& request, Reply reply) {
  rows.resize(verbs::kMaxInflightRows);
  mailbox.ask({.fill =
                   [this, limit = request.limit.value_or(verbs::kDefaultInflightRows)](worker::Mailbox& box) {
                     box.request = Asked::kListInflight;
                     box.rows = std::span(rows).first(limit);
                   },
               .read =
                   [this](const worker::Mailbox& box) {
                     return reports::inflight_report(*view, std::span(rows).first(std::min(box.count, rows.size())));
                   },
               .reply = std::move(reply)});
}

void Verbs::State::list_limited(Reply reply) {
  zones.resize(verbs::kMaxZoneRows);
  mailbox.ask({.fill =
                   [this](worker::Mailbox& box) {
                     box.request = Asked::kListZones;
                     box.zones = zones;
                   },
               .read =
                   [this](const worker::Mailbox& box) {
                     return reports::fetchlimit_report(*view,
                                                       std::span(zones).first(std::min(box.count, zones.size())));
                   },
               .reply = std::move(reply)});
}

void Verbs::State::flush(const Request& request, Reply reply) {
  mailbox.ask({.fill = [request](worker::Mailbox& box) { fill_flush(box, request); },
               .read =
                   [](const worker::Mailbox& box) {
                     return Json{{"flushed", box.count}};
                   },
               .reply = std::move(reply)});
}

// Not before the last time's rows are here: they come in milliseconds, or the egress core stands still.
void Verbs::State::log_spills() {
  if (asks_for_spills || !spills.has_news(view->engine->counters())) return;
  asks_for_spills = true;
  spilled.resize(verbs::kMaxZoneRows);
  mailbox.ask({.fill =
                   [this](worker::Mailbox& box) {
                     box.request = Asked::kListZones;
                     box.zones = spilled;
                   },
               .read =
                   [this](const worker::Mailbox& box) {
                     const auto lent = std::span(spilled).first(std::min(box.count, spilled.size()));
                     for (const std::string& line : spills.look(lent, view->clock->now())) diag::log().warn("{}", line);
                     return Json();
                   },
               .reply = [this](const diag::Result<Json>& /*done*/) { asks_for_spills = false; }});
}

void Verbs::State::move_cache(const Request& request, Reply reply) {
  if (controls.snapshots == nullptr) {
    return reply(diag::fail(diag::Code::kUnavailable, "this appliance writes and reads no snapshots"));
  }
  const auto kind = request.verb == Verb::kCacheDump ? Snapshots::Kind::kDump : Snapshots::Kind::kLoad;
  controls.snapshots->begin(kind, request.file, std::move(reply));
  snapshot_timer.start(kSnapshotTickMs);
}

// A load has its batches stored by the egress core, one behind the other.
void Verbs::State::on_snapshot_tick() {
  controls.snapshots->look();
  if (!controls.snapshots->is_busy()) return snapshot_timer.stop();
  const auto batch = controls.snapshots->batch();
  if (batch.empty() || batch_is_away) return;
  batch_is_away = true;
  mailbox.ask({.fill =
                   [batch](worker::Mailbox& box) {
                     box.request = Asked::kLoad;
                     box.entries = batch;
                   },
               .read =
                   [](const worker::Mailbox& box) {
                     return Json{{"kept", box.count}};
                   },
               .reply =
                   [this](const diag::Result<Json>& result) {
                     if (!result) return controls.snapshots->give_back(std::nullopt);  // and it stays away
                     batch_is_away = false;
                     controls.snapshots->give_back((*result)["kept"].get<std::size_t>());
                   }});
}

Verbs::Verbs(uv_loop_t& loop, const reports::View& view, const Controls& controls, std::chrono::milliseconds patience)
    : state_(std::make_unique<State>(loop, view, controls, patience)) {}
Verbs::~Verbs() = default;

void Verbs::on_reload(std::function<void(Reply)> reload) { state_->reload = std::move(reload); }

void Verbs::look() { state_->log_spills(); }

void Verbs::handle(const Request& request, Reply reply) {
  const View& view = *state_->view;
  switch (request.verb) {
    case Verb::kStatus:
      return reply(reports::status_report(view));
    case Verb::kStats:
      return reply(reports::stats_report(view));
    case Verb::kInflight:
      return state_->list(request, std::move(reply));
    case Verb::kFetchLimit:
      return state_->list_limited(std::move(reply));
    case Verb::kUpstreams:
      return reply(reports::upstreams_report(view));
    case Verb::kCacheLookup:
      return reply(reports::lookup_report(view, request));
    case Verb::kCacheFlush:
      return state_->flush(request, std::move(reply));
    case Verb::kCacheStats:
      return reply(reports::cache_stats_report(view));
    case Verb::kCacheDump:
    case Verb::kCacheLoad:
      return state_->move_cache(request, std::move(reply));
    case Verb::kTop:
      if (view.watcher == nullptr)
        return reply(diag::fail(diag::Code::kUnavailable, "top: heavy clients are not recorded on this appliance"));
      return reply(blocking::top_report(view.watcher->last(), request.subject, request.by,
                                        request.limit.value_or(verbs::kDefaultTopRows)));
    case Verb::kBlocksList:
    case Verb::kBlocksAdd:
    case Verb::kBlocksClear:
      return reply(blocks_verb(state_->controls.blocks, view, request));
    case Verb::kReload:
      if (state_->reload) return state_->reload(std::move(reply));
      return reply(diag::fail(diag::Code::kUnavailable, "reload: this appliance was started without a file"));
    case Verb::kVersion:
      return reply(reports::version_report(rte_version()));
  }
}

}  // namespace control
