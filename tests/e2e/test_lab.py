# SPDX-License-Identifier: Apache-2.0
"""The lab itself keeps its promises; no appliance is needed for these."""
import json
import os
import signal
import subprocess
import time

import dns.flags
import dns.rcode
import names
import pytest
import window_check
from harness import LAB, Lab, eventually, run


@pytest.fixture
def bare_lab(request):
    lab = Lab("e2e-bare", "--without-appliance", *getattr(request, "param", []))
    try:
        yield lab.up()
    finally:
        lab.down()


def _namespaces(name: str) -> list[str]:
    return [line.split()[0] for line in run("ip", "netns").stdout.splitlines() if line.startswith(f"{name}-")]


def test_the_policer_counts_all_and_drops_what_is_over_1024_a_second(bare_lab, tmp_path):
    questions = tmp_path / "names"
    questions.write_text("".join(f"n{i}.bench.example A\n" for i in range(5000)))
    bare_lab.exec("client", "dnsperf", "-s", names.RESOLVER4, "-d", str(questions), "-l", "3", "-Q", "3000", "-q", "10000",
                  "-t", "1", "-T", "1")
    counters = bare_lab.counters()
    passed = counters["seen"] - counters["policed"]
    assert 6000 <= counters["seen"] <= 9001  # what the generator managed to send
    assert 3 * 1024 <= passed <= 4 * 1024, counters  # three seconds of tokens, the burst, and a slow generator's end


@pytest.mark.parametrize("bare_lab", [["--no-policer"]], indirect=True)
def test_without_the_policer_packets_are_counted_and_pass(bare_lab):
    bare_lab.exec("client", "ping", "-c", "20", "-i", "0.01", names.RESOLVER6)
    assert bare_lab.counters()["seen"] == 20
    assert bare_lab.counters()["policed"] == 0
    bare_lab.reset_counters()
    assert bare_lab.counters()["seen"] == 0


@pytest.mark.parametrize("bare_lab", [["--rtt", "40"]], indirect=True)
def test_the_round_trip_is_as_long_as_asked(bare_lab):
    bare_lab.ask("first.bench.example", server=names.RESOLVER4)     # finds its neighbour, which takes a round trip
    begin = time.monotonic()
    bare_lab.ask("second.bench.example", server=names.RESOLVER4)
    assert 0.040 <= time.monotonic() - begin < 1.0


def test_zones_of_ones_own_are_served_besides_the_labs(tmp_path):
    (tmp_path / "own.test.zone").write_text("$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ NS ns\nns A 10.77.0.2\nwww A 192.0.2.200\n")
    lab = Lab("e2e-bare", "--without-appliance", "--zones", str(tmp_path))
    try:
        lab.up()
        assert lab.ask("www.own.test", server=names.RESOLVER4).answer[0][0].to_text() == "192.0.2.200"
        assert lab.ask("www.bench.example", server=names.RESOLVER6).answer
    finally:
        lab.down()


def test_after_down_nothing_is_left(bare_lab):
    pids = [process["pid"] for process in _state(bare_lab)["processes"].values()]
    bare_lab.down()
    assert not _namespaces(bare_lab.name)
    assert not os.path.exists(f"/run/sluice-lab/{bare_lab.name}")
    assert eventually(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids))


def test_a_lab_that_was_killed_while_it_came_up_is_replaced():
    lab = Lab("e2e-bare", "--without-appliance")
    for delay_sec in (0.1, 0.2, 0.35):
        child = subprocess.Popen([LAB, "up", "--name", lab.name, *lab.options])
        time.sleep(delay_sec)
        child.send_signal(signal.SIGKILL)
        child.wait()
    try:
        lab.up()
        assert lab.ask("www.bench.example", server=names.RESOLVER4).answer
    finally:
        lab.down()
    assert not _namespaces(lab.name)


def test_an_unknown_lab_is_refused_with_a_sentence():
    done = run(LAB, "counters", "--name", "no-such-lab", check=False)
    assert done.returncode == 1 and "scripts/lab up --name no-such-lab" in done.stderr


def test_the_status_of_a_command_in_the_lab_is_its_own(bare_lab):
    assert bare_lab.verb("exec", "client", "--", "sh", "-c", "exit 42", check=False).returncode == 42


def test_the_programmable_resolver_does_as_the_name_says(bare_lab):
    ask = lambda name, rdtype="A": bare_lab.ask(name, rdtype, server=names.SCRIPTED4, timeout=0.5)  # noqa: E731
    assert ask("plain.test.example").answer[0].ttl == 300
    assert ask("x.ttl-7.test.example").answer[0].ttl == 7
    assert ask("x.servfail.test.example").rcode() == dns.rcode.SERVFAIL
    assert ask("x.nxdomain.soamin-9.test.example").authority[0][0].minimum == 9
    assert not ask("x.nxdomain.nosoa.test.example").authority
    assert ask("x.truncate.test.example").flags & dns.flags.TC
    assert [rrset.ttl for rrset in ask("x.ttls-9-4.test.example").answer] == [9, 4]
    begin = time.monotonic()
    assert ask("x.delay-200.test.example").answer and time.monotonic() - begin >= 0.2
    with pytest.raises(TimeoutError):
        ask("x.drop-1.test.example")
    assert ask("x.drop-1.test.example").answer
    assert [line["qname"] for line in bare_lab.upstream_log("plain")] == ["plain.test.example."]


@pytest.mark.parametrize("times_ns, most", [
    ([], 0),
    ([0, 1_000_000_000], 1),
    ([0, 999_999_999], 2),
    ([0, 1, 2, 600_000_000, 1_000_000_001, 1_100_000_000], 4),
])
def test_the_window_check_finds_the_fullest_second(times_ns, most):
    assert window_check.most_in_window(times_ns, 1_000_000_000) == most


def _state(lab: Lab) -> dict:
    with open(f"/run/sluice-lab/{lab.name}/state.json", encoding="utf-8") as file:
        return json.load(file)
