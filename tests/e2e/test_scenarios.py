# SPDX-License-Identifier: Apache-2.0
"""The scenarios of perf/scenarios: one of them in its short form, and how figures become verdicts. No figure here depends on time."""
import json
import os
import subprocess
import sys

import pytest
from harness import ROOT

sys.path.insert(0, str(ROOT / "perf/scenarios"))

from lib import turns, verdict  # noqa: E402

NEEDED = {"good_share", "new_p99_ms", "useful_share", "policed", "cached_ratio", "wrong"}


def _scenario(name: str, *words: str) -> subprocess.CompletedProcess:
    """The session has the lock that the scenario would take."""
    return subprocess.run([str(ROOT / "perf/scenarios" / name), *words], text=True, capture_output=True, check=False, timeout=300,
                          env={**os.environ, "SLUICE_LAB_LOCK_HELD": "yes"})


def test_a_short_flood_gives_figures_a_verdict_for_each_bound_and_no_wrong_or_policed_packet(tmp_path):
    done = _scenario("random-subdomain", "--quick", "--seconds", "2", "--json", str(tmp_path / "out.json"))
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "out.json").read_text())
    assert report["scenario"] == "random-subdomain"
    assert list(report["variants"]) == ["other-zone"]
    variant = report["variants"]["other-zone"]
    assert {bound["figure"] for bound in variant["bounds"]} == NEEDED
    figures = variant["servers"]["sluice"]["median"]
    assert figures["policed"] == 0
    assert figures["wrong"] == 0
    assert figures["unsent"] == 0
    assert 0 < figures["useful_packets"] <= figures["sent_upstream"]
    for bound in variant["bounds"]:
        assert bound["value"] == figures[bound["figure"]]
        assert f"{bound['text']} " in done.stdout
    run = variant["servers"]["sluice"]["runs"][0]
    asked = sum(run["seconds_new"]["queries"])
    assert asked == sum(run["seconds_new"]["answered"]) + sum(run["seconds_new"]["timeouts"])


def test_a_scenario_tells_its_variants_and_refuses_others():
    told = _scenario("overload", "--help")
    assert told.returncode == 0
    assert "cold-start" in told.stdout
    assert _scenario("overload", "--variant", "warm-start").returncode == 2


@pytest.mark.parametrize(("value", "relation", "met"), [
    (1, "<=", True), (1.01, "<=", False), (1, ">=", True), (0.99, ">=", False), (1, "==", True), (0, "==", False), (None, "<=", False)])
def test_a_bound_is_met_when_its_relation_holds_and_never_without_a_figure(value, relation, met):
    bound = verdict.Bound("figure", relation, 1, "text")
    assert bound.judge({} if value is None else {"figure": value})["met"] is met


def test_medians_are_of_figures_that_every_run_has():
    runs = [{"a": 1, "b": 5.0, "trace": [1]}, {"a": 3, "b": 7.0, "trace": [2]}, {"a": 2, "b": 6.0, "c": 1, "trace": [3]}]
    assert verdict.medians(runs) == {"a": 2, "b": 6.0}


def test_the_jain_index_is_one_for_equals_and_a_share_for_one_who_has_all():
    assert verdict.jain([7, 7, 7]) == pytest.approx(1)
    assert verdict.jain([9, 0, 0]) == pytest.approx(1 / 3)


def _turn(p99_us: float, late_us: float) -> dict:
    """Of a report: a hundred answers, two of which took longer."""
    buckets = [[1_000, 98], [int(p99_us * 1_000), 2]]
    return {"lateness": {"p99_us": late_us}, "streams": [{"name": "other"}, {"name": "known", "latency": {"buckets_ns": buckets}}]}


def test_pairs_in_which_the_generator_was_later_in_one_turn_do_not_count_and_are_measured_again():
    pairs = turns.Pairs("known", 3)
    for second_late_us in (10, 90, 12, 12):
        assert pairs.want_more()
        pairs.add(_turn(50, 10), _turn(200 if second_late_us == 90 else 55, second_late_us))
    assert not pairs.want_more()
    figures = pairs.figures()
    assert figures["cached_ratio"] == pytest.approx(1.1)
    assert (figures["turns"], figures["fair_turns"]) == (4, 3)
    assert figures["flood_cached_p99_us"] == 55
    assert len(pairs.p99_us(pairs.all)) == 4


def test_a_machine_without_quiet_moments_is_judged_by_all_pairs():
    pairs = turns.Pairs("known", 3)
    while pairs.want_more():
        pairs.add(_turn(50, 300), _turn(100, 300))
    figures = pairs.figures()
    assert (figures["turns"], figures["fair_turns"]) == (3, 0)
    assert figures["cached_ratio"] == figures["cached_ratio_of_all"] == 2
