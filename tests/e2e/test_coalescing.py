# SPDX-License-Identifier: Apache-2.0
"""Many clients, one question: the resolver, 100 ms away, sees it once."""
import time

import pytest
from burst import ask_at_once
from harness import Lab
from names import APPLIANCE4, APPLIANCE6, JOINED

SOCKETS = 2000
ROUND_TRIP_SEC = 0.1


@pytest.fixture(scope="module", params=[1, 2, 4], ids=lambda n: f"{n}_workers")
def distant(request):
    lab = Lab("e2e-distant", "--workers", str(request.param), "--upstream", "scripted", "--rtt", "100")
    try:
        lab.up()
        # A client's kernel keeps only some 100 packets while it looks for a neighbour: both must be known before a burst.
        for server in (APPLIANCE4, APPLIANCE6):
            assert ask_at_once(lab.client, server, "neighbour.test.example", 1)["answered"] == 1
        yield lab
    finally:
        lab.down()


@pytest.fixture(scope="module")
def uncoalesced():
    lab = Lab("e2e-off", "--coalesce", "off", "--upstream", "scripted", "--rtt", "100")
    try:
        yield lab.up()
    finally:
        lab.down()


@pytest.mark.parametrize("server", [APPLIANCE4, APPLIANCE6], ids=["ipv4", "ipv6"])
def test_two_thousand_clients_asking_one_name_cost_one_packet(distant, server):
    word = f"burst{'6' if ':' in server else '4'}"
    joined = distant.figure(JOINED)
    result = ask_at_once(distant.client, server, f"{word}.test.example", SOCKETS)
    assert result["answered"] == result["own_id"] == result["with_address"] == SOCKETS, result
    assert len(distant.upstream_log(word)) == 1
    # A slow machine still asks when the answer is there and cached: what it asked within the round trip has joined.
    share = min(1.0, ROUND_TRIP_SEC / result["sent_sec"])
    assert distant.figure(JOINED) - joined >= 0.5 * share * SOCKETS, (distant.figure(JOINED) - joined, result)


def test_the_name_is_asked_once_for_each_ttl_window(distant):
    for window in range(1, 3):
        result = ask_at_once(distant.client, APPLIANCE4, "windows.ttl-2.test.example", SOCKETS // 2)
        assert result["answered"] == SOCKETS // 2, result
        assert len(distant.upstream_log("windows")) == window
        time.sleep(2.5)


def test_different_letter_case_is_one_question_and_each_gets_its_own_back(distant):
    result = ask_at_once(distant.client, APPLIANCE4, "casing.test.example", SOCKETS, vary_case=True)
    assert result["answered"] == result["own_case"] == result["own_id"] == SOCKETS, result
    assert len(distant.upstream_log("casing")) == 1


def test_an_error_reaches_every_waiter(distant):
    result = ask_at_once(distant.client, APPLIANCE4, "errs.servfail.test.example", SOCKETS)
    assert result["rcodes"] == {2: SOCKETS}, result


def test_without_coalescing_many_packets_go_upstream(uncoalesced):
    # The budget lets a part of them through in the time that the clients wait.
    ask_at_once(uncoalesced.client, APPLIANCE4, "alone.test.example", 500)
    assert len(uncoalesced.upstream_log("alone")) > 50
