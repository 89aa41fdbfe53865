# SPDX-License-Identifier: Apache-2.0
"""Answers of our own, by dig, in a running appliance: they cost no packet."""
import pathlib

import dns.flags
import dns.rcode
import dns.rdatatype
import names
import pytest
from harness import Lab

# A second uplink without a limit: the programmable resolver, for one zone.
OFFICE = f"""\
  - name: office
    servers: [{names.SCRIPTED4}]
    budget: {{limit: none}}
    rebind_protection: on
    private_zones: [home.test.example]
forward:
  - {{zone: test.example, uplink: office}}
"""
SERVERS = [names.APPLIANCE4, names.APPLIANCE6]
LOCAL = """\
local:
  hosts: [{hosts}]
  records:
    - db.corp.example. 300 IN A 192.0.2.20
    - alias.corp.example. CNAME db.corp.example.
    - _dns._udp.corp.example. SRV 0 0 53 db.corp.example.
    - 'odd.corp.example. TYPE65300 \\# 3 010203'
  suffixes:
    - {{suffix: ccnproxy-https, a: 10.77.0.9}}
"""


@pytest.fixture(scope="module")
def local_lab(tmp_path_factory):
    """A lab whose appliance has hosts, records and a suffix."""
    hosts = tmp_path_factory.mktemp("local") / "hosts"
    hosts.write_text("192.0.2.30 printer.corp.example printer\n2001:db8::30 printer.corp.example\n")
    lab = Lab("e2e-local")
    try:
        lab.up()
        lab.verb("stop")
        path = pathlib.Path(f"/run/sluice-lab/{lab.name}/sluice.yaml")
        text = path.read_text().replace("forward:\n", OFFICE, 1)
        path.write_text(text + LOCAL.format(hosts=hosts))
        lab.verb("start")
        yield lab
    finally:
        lab.down()


def dig(lab, server: str, *words: str) -> str:
    return lab.exec("client", "dig", f"@{server}", "+noall", "+answer", "+comments", *words)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("transport", ["+notcp", "+norec"])
def test_dig_gets_local_records_with_authority(local_lab, server, transport):
    out = dig(local_lab, server, transport, "db.corp.example", "A")
    assert "status: NOERROR" in out and "192.0.2.20" in out and " aa" in out


def test_no_local_answer_costs_a_packet(local_lab):
    before = local_lab.counters()["seen"]
    for name, rdtype, rcode in [("db.corp.example", "A", "NOERROR"), ("db.corp.example", "AAAA", "NOERROR"), ("x.y.ccnproxy-https", "A", "NOERROR"),
                                ("printer.corp.example", "AAAA", "NOERROR"), ("30.2.0.192.in-addr.arpa", "PTR", "NOERROR"),
                                ("localhost", "A", "NOERROR"), ("www.test", "A", "NXDOMAIN"), ("www.onion", "A", "NXDOMAIN"),
                                ("1.1.254.169.in-addr.arpa", "PTR", "NXDOMAIN"), ("fileserver", "A", "NXDOMAIN")]:
        reply = local_lab.ask(name, rdtype)
        assert dns.rcode.to_text(reply.rcode()) == rcode, name
        assert reply.flags & dns.flags.AA
    assert local_lab.counters()["seen"] == before


def test_an_alias_is_followed_within_local_data(local_lab):
    reply = local_lab.ask("alias.corp.example")
    assert [rrset.rdtype for rrset in reply.answer] == [dns.rdatatype.CNAME, dns.rdatatype.A]


def test_hosts_files_give_names_and_addresses(local_lab):
    assert local_lab.ask("printer").answer[0][0].to_text() == "192.0.2.30"
    assert local_lab.ask("30.2.0.192.in-addr.arpa", "PTR").answer[0][0].to_text() == "printer.corp.example."


# RFC 3597 §5.
def test_a_record_of_an_unknown_type_is_given_as_it_was_written(local_lab):
    assert local_lab.ask("odd.corp.example", "TYPE65300").answer[0][0].to_text() == r"\# 3 010203"


# RFC 2308 §2.2, 6303 §3.
def test_negative_answers_have_a_soa(local_lab):
    for name, rdtype in [("db.corp.example", "MX"), ("a.ccnproxy-https", "TXT"), ("www.invalid", "A"), ("254.169.in-addr.arpa", "PTR")]:
        reply = local_lab.ask(name, rdtype)
        assert not reply.answer and reply.authority[0].rdtype == dns.rdatatype.SOA, name


def test_other_names_of_a_local_zone_go_upstream(local_lab):
    before = local_lab.counters()["seen"]
    local_lab.ask("unknown.corp.example")
    assert local_lab.counters()["seen"] > before


def test_every_local_answer_is_counted_as_one(local_lab):
    before = local_lab.figure("queries.outcomes.local")
    for _ in range(7):
        local_lab.ask("db.corp.example")
    assert local_lab.figure("queries.outcomes.local") == before + 7


def test_the_longest_zone_chooses_the_uplink(local_lab):
    assert local_lab.ask("count.deep.test.example").answer
    assert local_lab.upstream_log("count.deep.test.example")
    before = local_lab.counters()["seen"]
    assert local_lab.ask("www.mix.example").answer
    assert not local_lab.upstream_log("mix.example")
    assert local_lab.counters()["seen"] > before


# RFC 4035 §3.1.4.1: DS stands on the parent's side of the cut.
def test_ds_at_the_apex_of_a_forward_zone_is_asked_of_the_uplink_around_it(local_lab):
    local_lab.ask("test.example", "DS")
    local_lab.ask("ds-below.test.example", "DS")
    assert not [line for line in local_lab.upstream_log() if line["qname"].lower().rstrip(".") == "test.example"]
    assert local_lab.upstream_log("ds-below")


def test_an_uplink_without_a_limit_is_not_held_back(local_lab):
    asked = 0
    for i in range(300):
        asked += bool(local_lab.ask(f"n{i}.unmetered.test.example").answer)
    assert asked == 300
    rows = local_lab.ctl("upstreams", "--json")
    assert '"office"' in rows
