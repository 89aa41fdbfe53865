# SPDX-License-Identifier: Apache-2.0
"""The load generator against the appliance: its figures are those of dnsperf and of the appliance's own counters."""
import json
import os
import re

import harness
import names

GENERATOR = "sluice-blast"


def _blast(lab, *words: str, check: bool = True) -> dict:
    """The report of a run; exit status 3 (wrong answers) fails it."""
    done = lab.verb("exec", "client", "--", GENERATOR, "--server", names.APPLIANCE4, "--quiet", "--json", "-", *words, check=check)
    return json.loads(done.stdout)


def test_each_question_is_counted_by_the_generator_and_by_the_appliance_alike(lab, tmp_path):
    before = lab.figure(names.QUERIES)
    report = _blast(lab, "--duration", "5", "--sources", "10.77.0.100-10.77.0.149", "--stream",
                    "name=good,rate=2000,zone=bench.example,names=500,zipf=1.0,clients=50,case=random,expect=NOERROR,ttl=1..86400")
    stream = report["streams"][0]
    assert 9_500 <= stream["queries"] <= 10_500     # Poisson
    assert stream["answered"] == stream["good"] == stream["queries"], stream
    assert report["totals"]["wrong"] == {}
    assert lab.figure(names.QUERIES) - before == stream["packets"]

    questions = tmp_path / "names"
    questions.write_text("".join(f"n{i}.bench.example A\n" for i in range(500)))
    before = lab.figure(names.QUERIES)
    said = lab.exec("client", "dnsperf", "-s", names.APPLIANCE4, "-d", str(questions), "-l", "2", "-Q", "2000", "-T", "1")
    completed = int(re.search(r"Queries completed:\s+(\d+)", said)[1])
    assert lab.figure(names.QUERIES) - before == completed
    report = _blast(lab, "--duration", "2", "--stream", f"file={questions},rate=2000,arrival=uniform")
    assert report["streams"][0]["answered"] == 4_000
    assert abs(completed - 4_000) <= 100    # the same rate for the same time


def test_a_name_that_nobody_answers_is_asked_again_as_the_profile_says(scripted_lab):
    report = _blast(scripted_lab, "--stream", "list=x.drop.test.example,rate=1,duration=1,arrival=uniform,retry=1+1,servfail=final")
    stream = report["streams"][0]
    assert stream["queries"] == 1
    assert stream["packets"] == 1 + stream["retries"]
    assert stream["latency"]["max_us"] >= 1e6


def test_an_unexpected_rcode_is_a_wrong_answer_with_its_own_exit_status(lab):
    done = lab.verb("exec", "client", "--", GENERATOR, "--server", names.APPLIANCE4, "--duration", "1", "--stream",
                    "list=www.bench.example,rate=10,arrival=uniform,expect=NXDOMAIN", check=False)
    assert done.returncode == 3
    assert "rcode 10" in done.stdout


def test_a_wrong_word_is_named_and_nothing_is_sent(lab):
    before = lab.figure(names.QUERIES)
    done = lab.verb("exec", "client", "--", GENERATOR, "--server", names.APPLIANCE4, "--stream", "zone=a.example,rat=5", check=False)
    assert done.returncode == 1
    assert "'rat' is no key of a stream" in done.stderr
    assert lab.figure(names.QUERIES) == before


def test_a_port_asks_what_sockets_ask(lab):
    report = _blast(lab, "--duration", "3", "--port", "af_packet", "--device", "eth0", "--eal=--no-huge",
                    "--sources", "10.77.0.200-10.77.0.249", "--stream",
                    "rate=1000,zone=bench.example,names=100,zipf=1.0,clients=50,expect=NOERROR")
    stream = report["streams"][0]
    assert report["backend"] == "af_packet"
    assert stream["answered"] == stream["queries"], report["io"]
    assert report["totals"]["wrong"] == {}


def test_the_asking_thread_alone_gets_the_priority_that_it_is_given(lab):
    blast = lab.popen("client", GENERATOR, "--server", names.APPLIANCE4, "--quiet", "--duration", "3", "--realtime", "2", "--port", "af_packet",
                      "--device", "eth0", "--eal=--no-huge", "--sources", "10.77.0.200", "--stream", "rate=10,list=www.bench.example")
    harness.eventually(lambda: os.sched_getscheduler(blast.pid) == os.SCHED_FIFO)
    assert os.sched_getparam(blast.pid).sched_priority == 2
    others = [thread for thread in map(int, os.listdir(f"/proc/{blast.pid}/task")) if thread != blast.pid]
    assert others and {os.sched_getscheduler(thread) for thread in others} == {os.SCHED_OTHER}
    assert blast.wait(20) == 0
