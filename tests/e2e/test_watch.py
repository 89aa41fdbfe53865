# SPDX-License-Identifier: Apache-2.0
"""Who asks most, and what is done about it: top, rules, blocks by hand."""
import itertools
import json
import threading
import time

import dns.message
import dns.rcode
import netns
import pytest
import storm
from harness import eventually
from names import APPLIANCE4

FLOODER, OTHER = "10.77.0.101", "10.77.0.102"
RULE = """
blocks:
  rules:
    - {rate: 100, what: misses, window: 1s, action: drop, for: 3s, reason: floods us with new names}
"""


class Flood:
    """New names from one address, some 500 a second, whether they are answered or not."""

    def __init__(self, lab):
        self._lab, self._stop = lab, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        with netns.udp_socket(self._lab.client, APPLIANCE4, FLOODER) as sock:
            sock.setblocking(False)
            for number in itertools.count():
                if self._stop.is_set():
                    return
                sock.send(dns.message.make_query(f"flood{number}.bench.example", "A").to_wire())
                time.sleep(0.002)

    def __enter__(self) -> "Flood":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        self._thread.join()


@pytest.fixture
def rules(lab):
    """A rule in force for one test."""
    path = storm.config_path(lab)
    good = path.read_text()
    storm.write(path, good + RULE)
    lab.ctl("reload")
    yield
    storm.write(path, good)
    lab.ctl("reload")
    lab.ctl("blocks", "clear")


def _rcode(lab, source: str, name: str, timeout: float = 2.0) -> int | None:
    query = dns.message.make_query(name, "A")
    with netns.udp_socket(lab.client, APPLIANCE4, source) as sock:
        sock.settimeout(timeout)
        sock.send(query.to_wire())
        try:
            return dns.message.from_wire(sock.recv(4096)).rcode()
        except TimeoutError:
            return None


def _top(lab, *words: str) -> list[dict]:
    return json.loads(lab.ctl("top", *words, "--json", "--once"))["rows"]


def _blocks(lab) -> list[dict]:
    return json.loads(lab.ctl("blocks", "list", "--json"))["blocks"]


def test_a_flooding_client_its_zone_and_its_cost_are_on_top(lab):
    with Flood(lab):
        def first(*words: str) -> dict:
            rows = _top(lab, *words, "--limit", "1")
            return rows[0] if rows else {}
        client = eventually(lambda: (row := first("clients", "--by", "misses")).get("misses", 0) > 50 and row)
        assert client and client["client"] == f"{FLOODER}/32", client
        assert client["upstream"] > 50, client
        zone = first("zones", "--by", "upstream")
        assert zone["zone"] == "bench.example." and zone["upstream"] > 50, zone
        assert first("types", "--by", "misses")["type"] == "A"
        assert "bench.example." in lab.ctl("top", "names", "--by", "misses", "--once")
    assert eventually(lambda: not _top(lab, "clients", "--by", "misses")), "the rates are of the last second"


def test_a_rule_blocks_the_flood_others_are_served_and_the_block_ends(lab, rules):
    assert _rcode(lab, OTHER, "served0.bench.example") == dns.rcode.NOERROR
    with Flood(lab):
        blocked = eventually(lambda: _blocks(lab))
        assert [(b["prefix"], b["action"], b["by"]) for b in blocked] == [(f"{FLOODER}/32", "drop", "rule")]
        assert blocked[0]["reason"] == "floods us with new names"
        assert _rcode(lab, FLOODER, "served0.bench.example", 0.3) is None
        for i in range(1, 6):
            assert _rcode(lab, OTHER, f"served{i}.bench.example") == dns.rcode.NOERROR
        assert lab.figure("queries.outcomes.blocked_dropped") > 0
    assert eventually(lambda: not _blocks(lab), 10), "nothing comes any more: the block ends"
    assert _rcode(lab, FLOODER, "served0.bench.example") == dns.rcode.NOERROR
    assert lab.figure("blocks.added") >= 1 and lab.figure("blocks.expired") >= 1
    assert lab.log().count(f"{FLOODER}/32: blocked for") == lab.figure("blocks.added"), "each block is logged once"


def test_blocks_are_added_and_cleared_by_hand_and_survive_a_reload(lab):
    assert _rcode(lab, FLOODER, "by-hand.bench.example") == dns.rcode.NOERROR
    lab.ctl("blocks", "add", FLOODER, "--action", "refuse", "--for", "10m", "--reason", "as a test")
    assert eventually(lambda: _rcode(lab, FLOODER, "by-hand.bench.example") == dns.rcode.REFUSED)
    assert _rcode(lab, OTHER, "by-hand.bench.example") == dns.rcode.NOERROR
    lab.ctl("reload")
    assert "as a test" in lab.ctl("blocks", "list")
    assert _rcode(lab, FLOODER, "by-hand.bench.example") == dns.rcode.REFUSED
    assert "1 block cleared" in lab.ctl("blocks", "clear", FLOODER)
    assert eventually(lambda: _rcode(lab, FLOODER, "by-hand.bench.example") == dns.rcode.NOERROR)


def test_a_wrong_block_is_refused_with_a_sentence(lab):
    done = lab.try_ctl("blocks", "add", "10.77.0.101/24", "--reason", "x")
    assert done.returncode == 1 and "is not an address or a network" in done.stderr
