# SPDX-License-Identifier: Apache-2.0
"""Signed data go through untouched: a validator behind the appliance proves what is right and finds what is not."""
import pathlib
import subprocess
import sys

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import names
import pytest
from harness import Lab, eventually

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "resolver"))

import signed_zones  # noqa: E402

VALIDATOR = "10.77.0.148"
CONFIG = """\
server:
  interface: {address}
  outgoing-interface: {address}
  access-control: 10.77.0.0/24 allow
  num-threads: 1
  do-daemonize: no
  do-ip6: no
  username: ""
  chroot: ""
  pidfile: ""
  use-syslog: no
  module-config: "validator iterator"
  trust-anchor-file: "{anchors}"
forward-zone:
  name: "."
  forward-addr: {forward}
remote-control:
  control-enable: no
"""


@pytest.fixture(scope="module")
def signed_lab(tmp_path_factory):
    """The signed zones at the resolver, and a validating Unbound among the clients that forwards to the appliance."""
    folder = tmp_path_factory.mktemp("signed")
    signed_zones.write(folder)
    config = folder / "unbound.conf"
    config.write_text(CONFIG.format(address=VALIDATOR, anchors=folder / "anchors", forward=names.APPLIANCE4))
    lab = Lab("e2e-signed", "--zones", str(folder))
    child = None
    try:
        lab.up()
        child = subprocess.Popen(lab.argv("client", "unbound", "-d", "-c", str(config)), stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert eventually(lambda: _listens(lab)), "the validator does not start"
        yield lab
    finally:
        lab.down()      # ends the validator, too
        if child is not None:
            child.wait()


def _listens(lab: Lab) -> bool:
    return lab.exec("client", "ss", "-Hnul", "src", f"{VALIDATOR}:53").strip() != ""


def _validated(lab: Lab, name: str, rdtype: str = "A", flags: int = 0) -> dns.message.Message:
    query = dns.message.make_query(name, rdtype, want_dnssec=True)
    query.flags |= flags
    return lab.exchange(query, server=VALIDATOR, timeout=10.0)


# RFC 4035 section 4: what a validator needs (DNSKEY, RRSIG, NSEC, NSEC3 and the right answers to DS) comes through.
@pytest.mark.parametrize("zone", ["signed.example", "signed3.example"])
@pytest.mark.parametrize("label, rdtype, rcode", [
    ("www.", "A", dns.rcode.NOERROR), ("www.", "AAAA", dns.rcode.NOERROR), ("", "MX", dns.rcode.NOERROR), ("", "DNSKEY", dns.rcode.NOERROR),
    ("alias.", "A", dns.rcode.NOERROR), ("any.wild.", "A", dns.rcode.NOERROR), ("onlytxt.", "A", dns.rcode.NOERROR),
    ("ent.", "A", dns.rcode.NOERROR), ("sub.", "DS", dns.rcode.NOERROR), ("nowhere.", "A", dns.rcode.NXDOMAIN),
    ("lost.", "A", dns.rcode.NXDOMAIN)])
def test_a_validator_behind_the_appliance_finds_signed_answers_secure(signed_lab, zone, label, rdtype, rcode):
    for _ in range(2):
        reply = _validated(signed_lab, f"{label}{zone}", rdtype)
        assert reply.rcode() == rcode
        assert reply.flags & dns.flags.AD


def test_a_validator_behind_the_appliance_finds_a_broken_signature(signed_lab):
    assert _validated(signed_lab, "www.bogus.example").rcode() == dns.rcode.SERVFAIL
    good = _validated(signed_lab, "mail.bogus.example")     # the rest of the zone is sound
    assert good.rcode() == dns.rcode.NOERROR and good.flags & dns.flags.AD


# RFC 4035 section 3.2.2: with CD=1 the data arrive, and the client judges for itself.
def test_data_with_a_broken_signature_arrive_when_checking_is_disabled(signed_lab):
    query = dns.message.make_query("www.bogus.example", "A", want_dnssec=True)
    query.flags |= dns.flags.CD
    for server in (names.APPLIANCE4, VALIDATOR):
        reply = signed_lab.exchange(query, server=server)
        assert reply.rcode() == dns.rcode.NOERROR and reply.flags & dns.flags.CD and not reply.flags & dns.flags.AD
        assert {rrset.rdtype for rrset in reply.answer} == {dns.rdatatype.A, dns.rdatatype.RRSIG}


def test_an_unsigned_zone_is_insecure_and_answered(signed_lab):
    reply = _validated(signed_lab, "www.plain.example")
    assert reply.rcode() == dns.rcode.NOERROR and reply.answer and not reply.flags & dns.flags.AD


# RFC 4035 section 4.6: AD says that a server validated; no upstream server does here.
def test_the_appliance_never_sets_ad_by_itself(signed_lab):
    query = dns.message.make_query("www.signed.example", "A", want_dnssec=True)
    query.flags |= dns.flags.AD
    for _ in range(2):
        assert not signed_lab.exchange(query).flags & dns.flags.AD


def _sections(message: dns.message.Message) -> list[set]:
    """Every record of each section with its owner and type, octet by octet."""
    return [{(rrset.name, rrset.rdtype, rdata.to_wire()) for rrset in section for rdata in rrset}
            for section in (message.answer, message.authority)]


# RFC 3225 section 3, RFC 4034: octets are passed on as they are, from the resolver and from the cache.
@pytest.mark.parametrize("zone", ["signed.example", "signed3.example"])
@pytest.mark.parametrize("label, rdtype", [("www.", "A"), ("", "DNSKEY"), ("", "SOA"), ("nowhere.", "A"), ("any.wild.", "TXT"),
                                           ("sub.", "DS"), ("www.", "RRSIG"), ("www.", "NSEC"), ("", "NSEC3PARAM"), ("alias.", "A")])
def test_signatures_and_denials_are_the_same_octets_as_the_resolver_sent(signed_lab, zone, label, rdtype):
    options = {"use_edns": 0, "want_dnssec": True, "payload": 1232}
    given = signed_lab.ask(f"{label}{zone}", rdtype, server=names.RESOLVER4, **options)
    for _ in range(2):
        got = signed_lab.ask(f"{label}{zone}", rdtype, **options)
        assert got.ednsflags & dns.flags.DO
        assert (got.rcode(), _sections(got)) == (given.rcode(), _sections(given))


# RFC 4035 section 3.2.1: a client that does not set DO gets no signatures, also when another client asked with DO before.
def test_a_client_without_do_gets_no_signatures(signed_lab):
    for name in ("www.signed.example", "no-such.signed.example", "no-such.signed3.example"):
        assert signed_lab.ask(name, want_dnssec=True).edns == 0
        reply = signed_lab.ask(name)
        kinds = {rrset.rdtype for rrset in [*reply.answer, *reply.authority]}
        assert not kinds & {dns.rdatatype.RRSIG, dns.rdatatype.NSEC, dns.rdatatype.NSEC3}
