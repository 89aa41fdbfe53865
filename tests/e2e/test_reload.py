# SPDX-License-Identifier: Apache-2.0
"""A new configuration for an appliance that runs: applied at once, or refused and told everywhere."""
import json
import os
import pathlib
import re
import signal

import dns.rcode
import pytest
import storm
from harness import eventually


@pytest.fixture
def config(lab):
    """The lab's file; what a test writes is taken back, and in force, after it."""
    path = storm.config_path(lab)
    good = path.read_text()
    yield path
    storm.write(path, good)
    lab.ctl("reload")


def _change(path: pathlib.Path, *pairs: tuple[str, str]) -> None:
    text = path.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    storm.write(path, text)


def _generation(lab) -> int:
    return lab.stats()["config"]["generation"]


def _pid(lab) -> int:
    return json.loads(pathlib.Path(f"/run/sluice-lab/{lab.name}/state.json").read_text())["processes"]["appliance"]["pid"]


def test_a_reload_changes_who_may_ask_and_keeps_the_cache(lab, config):
    assert lab.ask("kept.bench.example").answer
    upstream = lab.counters()["seen"]
    before = _generation(lab)
    good = config.read_text()
    storm.write(config, re.sub(r"allow: .*", "allow: [192.0.2.0/24]", good))
    out = lab.ctl("reload")
    assert "clients.allow" in out and f"generation {before + 1} " in out
    assert lab.ask("kept.bench.example").rcode() == dns.rcode.REFUSED
    storm.write(config, good)
    lab.ctl("reload")
    assert lab.ask("kept.bench.example").answer
    assert lab.counters()["seen"] == upstream, "the cache was lost"


def test_a_new_clamp_holds_for_the_next_answer_from_upstream(lab, config):
    assert lab.ask("clamp-before.bench.example").answer[0].ttl > 60
    _change(config, ("  size: 256MiB", "  size: 256MiB\n  max_ttl: 7s"))
    assert "cache.max_ttl" in lab.ctl("reload")
    assert lab.ask("clamp-after.bench.example").answer[0].ttl <= 7
    assert lab.ask("clamp-before.bench.example").answer[0].ttl > 60, "what is cached stays as it is"


def test_a_new_budget_is_in_force(lab, config):
    _change(config, ("limit: 1024, reserve: 0", "limit: 2000, reserve: 100"))
    lab.ctl("reload")
    assert eventually(lambda: lab.stats()["budgets"][0]["limit_pps"] == 1900)
    assert lab.ask("budgeted.bench.example").answer


def test_hosts_files_are_read_again(lab, config, tmp_path):
    hosts = tmp_path / "hosts"
    hosts.write_text("192.0.2.201 printer.hosts.example\n")
    text = config.read_text()
    storm.write(config, text + f"local:\n  hosts: [{hosts}]\n")
    done = lab.try_ctl("reload")
    if "is not supported by this version" in done.stderr:
        pytest.skip("this build has no hosts files")
    assert done.returncode == 0, done.stderr
    assert lab.ask("printer.hosts.example").answer[0][0].to_text() == "192.0.2.201"
    hosts.write_text("192.0.2.202 printer.hosts.example\n")
    lab.ctl("reload")
    assert lab.ask("printer.hosts.example").answer[0][0].to_text() == "192.0.2.202"
    hosts.unlink()
    done = lab.try_ctl("reload")
    assert done.returncode == 1 and str(hosts) in done.stderr
    assert lab.ask("printer.hosts.example").answer[0][0].to_text() == "192.0.2.202", "the old ones stay in force"


@pytest.mark.parametrize("change, place, words", [
    (("cache:", "cash:"), True, "did you mean \"cache\"?"),
    (("size: 256MiB", "size: 256"), True, "has no unit"),
    (("servers: [", "servers: [["), True, "not YAML"),
    (("uplink: vpc}", "uplink: unknown}"), True, "unknown"),
])
def test_a_bad_file_changes_nothing_and_is_told_everywhere(lab, config, change, place, words):
    before, failed = _generation(lab), lab.stats()["config"]["reload_failed"]
    _change(config, change)
    done = lab.try_ctl("reload")
    assert done.returncode == 1
    problem = next(line for line in done.stderr.splitlines() if words in line)
    assert not place or problem.startswith(f"{config}:")
    assert problem in lab.log(), "not in the log"
    assert "last reload failed" in lab.ctl("status") and problem in lab.ctl("status")
    figures = lab.stats()["config"]
    assert (figures["config_last_reload_success"], figures["reload_failed"]) == (0, failed + 1)
    assert figures["generation"] == before
    assert lab.ask("after-bad.bench.example").answer


def test_every_problem_of_a_bad_file_is_told_in_one_run(lab, config):
    _change(config, ("limit: 1024", "limit: many"), ("size: 256MiB", "size: 256MiB\n  max_ttl: 1h30"))
    done = lab.try_ctl("reload")
    assert done.returncode == 1 and "budget.limit" in done.stderr and "cache.max_ttl" in done.stderr


def test_a_file_that_is_gone_is_a_bad_file(lab, config):
    away = config.rename(config.with_suffix(".away"))
    try:
        done = lab.try_ctl("reload")
        assert done.returncode == 1 and str(config) in done.stderr
        assert lab.ask("without-file.bench.example").answer
    finally:
        away.rename(config)


def test_a_reload_that_succeeds_ends_the_complaint(lab, config):
    _change(config, ("cache:", "cash:"))
    assert lab.try_ctl("reload").returncode == 1
    _change(config, ("cash:", "cache:"))
    lab.ctl("reload")
    assert "last reload failed" not in lab.ctl("status")
    assert lab.stats()["config"]["config_last_reload_success"] == 1


def test_a_key_that_needs_a_restart_is_named_and_keeps_its_value(lab, config):
    _change(config, ("size: 256MiB", "size: 128MiB\n  min_ttl: 1s"))
    for reload in range(2):
        out = lab.ctl("reload")
        assert "takes effect after a restart" in out and "cache.size  256MiB -> 128MiB" in out
        assert ("cache.min_ttl" in out) == (reload == 0)
    assert "cache.size: 256MiB -> 128MiB takes effect after a restart" in lab.log()
    assert "needs a restart: cache.size" in lab.ctl("status")
    stats = lab.stats()
    assert stats["config"]["restart_needed"] == 1
    assert stats["cache"]["bytes_capacity"] == 256 << 20


def test_sighup_reloads(lab, config):
    before = _generation(lab)
    _change(config, ("  size: 256MiB", "  size: 256MiB\n  max_ttl: 9s"))
    os.kill(_pid(lab), signal.SIGHUP)
    assert eventually(lambda: _generation(lab) == before + 1)
    assert lab.ask("sighup.bench.example").answer[0].ttl <= 9


def test_a_flush_of_one_type_leaves_the_others(lab):
    for rdtype in ("A", "AAAA", "TXT"):
        lab.ask("typed.bench.example", rdtype)
    seen = lab.counters()["seen"]
    assert "1 entry removed" in lab.ctl("cache", "flush", "typed.bench.example", "--type", "AAAA")
    for rdtype in ("A", "TXT"):
        lab.ask("typed.bench.example", rdtype)
    assert lab.counters()["seen"] == seen
    lab.ask("typed.bench.example", "AAAA")
    assert lab.counters()["seen"] == seen + 1


def test_a_storm_of_reloads_loses_nothing_and_changes_no_answer(lab, tmp_path):
    result = storm.storm(lab, tmp_path, seconds=5, rate=2000)
    assert result["reloads"] >= 10, result
    for bound, holds in storm.bounds(result).items():
        assert holds, (bound, result)
