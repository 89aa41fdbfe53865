# SPDX-License-Identifier: Apache-2.0
"""What is off unless an operator wants it: letter case, rebind protection, loop detection. And signed messages."""
import json
import re
import select
import threading

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.tsigkeyring
import names
import netns
import pytest
import storm
from harness import eventually

LOOPING = "10.77.0.4"
UPLINK = "    budget: {limit: 1024, reserve: 0}"


def _restart_with(lab, *pairs: tuple[str, str]) -> None:
    config = storm.config_path(lab)
    text = config.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    storm.write(config, text)
    lab.verb("stop")
    lab.verb("start")


@pytest.mark.parametrize("fresh_lab", [["--upstream", "scripted"]], indirect=True)
def test_names_go_upstream_in_random_letter_case_and_clients_get_their_own(fresh_lab):
    _restart_with(fresh_lab, (UPLINK, UPLINK + "\n    case_randomization: on"))
    for i in range(8):
        reply = fresh_lab.ask(f"QuietLetters{i}.test.example")
        assert reply.answer[0].name.to_text() == f"QuietLetters{i}.test.example."
    seen = [line["qname"] for line in fresh_lab.upstream_log("quietletters")]
    assert len(seen) == 8 and any(re.search("[A-Z]", name) and re.search("[a-z]", name) for name in seen)
    # A server that changes the case is asked again in lower case, whatever it makes of that.
    assert fresh_lab.ask("turned.wrong-case.test.example").answer
    assert fresh_lab.figure("egress.reply_wrong_case") >= 1


@pytest.mark.parametrize("fresh_lab", [["--upstream", "scripted"]], indirect=True)
def test_private_addresses_are_kept_back_but_for_the_zones_that_have_them(fresh_lab):
    config = storm.config_path(fresh_lab)
    assert fresh_lab.ask("before.private.test.example").answer
    text = config.read_text()
    storm.write(config, text.replace(UPLINK, UPLINK + "\n    rebind_protection: on\n    private_zones: [corp.example]"))
    assert "rebind_protection" in fresh_lab.ctl("reload")
    kept_back = fresh_lab.ask("after.private.test.example", use_edns=0)
    assert kept_back.rcode() == dns.rcode.NOERROR and not kept_back.answer
    assert any(isinstance(option, dns.edns.EDEOption) and option.code == 15 for option in kept_back.options)
    assert fresh_lab.ask("public.test.example").answer
    assert fresh_lab.ask("host.private.corp.example").answer


class Relay(threading.Thread):
    """A forwarder that sends whatever it is asked to the appliance."""

    def __init__(self, lab):
        super().__init__(daemon=True)
        with netns.inside(f"{lab.name}-resolver"):
            self.sock = netns.socket.socket(netns.socket.AF_INET, netns.socket.SOCK_DGRAM)
            self.sock.bind((LOOPING, 53))
        self.towards = netns.udp_socket(f"{lab.name}-resolver", names.APPLIANCE4, LOOPING)
        self.done = threading.Event()
        self.askers: dict[bytes, tuple] = {}

    def run(self) -> None:
        while not self.done.is_set():
            for sock in select.select([self.sock, self.towards], [], [], 0.1)[0]:
                if sock is self.sock:
                    query, source = sock.recvfrom(4096)
                    self.askers[query[:2]] = source
                    self.towards.send(query)
                else:
                    reply = sock.recv(4096)
                    if reply[:2] in self.askers:
                        self.sock.sendto(reply, self.askers[reply[:2]])


def test_a_server_that_sends_our_questions_back_is_found_out_and_not_asked(fresh_lab):
    interface = json.loads(fresh_lab.exec("resolver", "ip", "-j", "-4", "route", "show", "10.77.0.0/24"))[0]["dev"]
    fresh_lab.exec("resolver", "ip", "address", "add", f"{LOOPING}/24", "dev", interface)
    relay = Relay(fresh_lab)
    relay.start()
    try:
        _restart_with(fresh_lab, (f"servers: [{names.RESOLVER4}]", f"servers: [{LOOPING}, {names.RESOLVER4}]"),
                      ("forward:", "egress: {loop_detection: on}\nforward:"))
        assert eventually(lambda: re.search(rf"{re.escape(LOOPING)}\s.*loop", fresh_lab.ctl("upstreams"))), fresh_lab.ctl("upstreams")
        for i in range(10):
            assert fresh_lab.ask(f"straight{i}.bench.example").answer
        assert eventually(lambda: re.search(rf"{re.escape(LOOPING)}.*forwarding loop", fresh_lab.log())), fresh_lab.log()
    finally:
        relay.done.set()
        relay.join()


# RFC 5625 section 4.5, RFC 8945 section 5.3: who does not know the key is the server, not we.
def test_a_signed_question_is_the_servers_to_judge(lab):
    query = dns.message.make_query("signed.bench.example", "A")
    query.use_tsig(dns.tsigkeyring.from_text({"unknown-key.example.": "c2VjcmV0c2VjcmV0c2VjcmV0"}), algorithm=dns.name.from_text("hmac-sha256."))
    wire = query.to_wire()
    with netns.udp_socket(lab.client, names.APPLIANCE4) as sock:
        sock.settimeout(3.0)
        sock.send(wire)
        reply = sock.recv(4096)
    assert reply[:2] == wire[:2] and reply[3] & 0x0F in (dns.rcode.NOTAUTH, dns.rcode.REFUSED), reply.hex()


# RFC 7828 section 3.3.2.
def test_a_tcp_client_that_asks_is_told_how_long_its_connection_may_idle(lab):
    query = dns.message.make_query("keepalive.bench.example", "A", use_edns=0, options=[dns.edns.GenericOption(11, b"")])
    with netns.tcp_socket(lab.client, names.APPLIANCE4) as sock:
        dns.query.send_tcp(sock, query)
        reply, _ = dns.query.receive_tcp(sock)
    assert [option.data for option in reply.options if option.otype == 11] == [(100).to_bytes(2, "big")]
    assert not [option for option in lab.exchange(query).options if option.otype == 11], "not over UDP"


@pytest.mark.parametrize("fresh_lab", [["--upstream", "scripted6"]], indirect=True)
def test_truncated_answers_are_fetched_over_tcp_and_ipv6(fresh_lab):
    reply = fresh_lab.ask("six.truncate.test.example")
    assert reply.answer and not reply.flags & dns.flags.TC
    lines = fresh_lab.upstream_log("six.truncate")
    assert [line["proto"] for line in lines] == ["udp", "tcp"] and all(":" in line["src"] for line in lines)
