# SPDX-License-Identifier: Apache-2.0
"""sluicectl: what the operator sees and does."""
import dns.rcode


def test_status_is_told_in_words(lab):
    assert lab.ctl("status").strip()


def test_version_is_told(lab):
    assert lab.ctl("version").strip()


def test_upstreams_are_listed_with_their_address(lab):
    assert "10.77.0.2" in lab.ctl("upstreams")


def test_a_cached_name_can_be_looked_up_and_flushed(lab):
    lab.ask("looked-up.bench.example")
    assert "looked-up.bench.example" in lab.ctl("cache", "lookup", "looked-up.bench.example", "A").lower()
    seen = lab.counters()["seen"]
    lab.flush()
    assert lab.ask("looked-up.bench.example").rcode() == dns.rcode.NOERROR
    assert lab.counters()["seen"] == seen + 1


def test_questions_in_flight_are_listed(scripted_lab):
    import netns
    import dns.message
    with netns.udp_socket(scripted_lab.client, "10.77.0.53") as sock:
        sock.send(dns.message.make_query("flying.delay-800.test.example", "A").to_wire())
        assert "flying.delay-800.test.example" in scripted_lab.ctl("inflight").lower()
        sock.settimeout(5)
        assert sock.recv(512)
