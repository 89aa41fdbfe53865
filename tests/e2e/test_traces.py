# SPDX-License-Identifier: Apache-2.0
"""Traces as the real tools write them: tcpdump's captures, Unbound's dnstap by fstrm_capture, the query logs of dnsmasq and
BIND, all of the same questions, in a network namespace of its own."""
import json
import pathlib
import subprocess

import pytest

RIG = pathlib.Path(__file__).resolve().parents[2] / "build/app/sluice-rig/sluice-rig"

# Of each server: 20 names, one that does not exist, one type that has no data, one question over TCP.
QUESTIONS = 23

TOOLS = r"""
set -u
cd "$1"
chmod 777 .
ip link set lo up
cat >unbound.conf <<END
server:
  interface: 127.0.0.1@5301
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "$1"
  pidfile: ""
  use-syslog: no
  access-control: 127.0.0.0/8 allow
  local-zone: "ex.test." redirect
  local-data: "ex.test. 60 IN A 192.0.2.1"
  local-zone: "nx.test." static
  local-data: "nx.test. 300 IN SOA ns.nx.test. h.nx.test. 1 3600 600 86400 30"
dnstap:
  dnstap-enable: yes
  dnstap-socket-path: "$1/tap.sock"
  dnstap-log-client-query-messages: yes
  dnstap-log-client-response-messages: yes
remote-control:
  control-enable: no
END
cat >named.conf <<END
options { directory "$1"; listen-on port 5303 { 127.0.0.1; }; listen-on-v6 { none; }; forward only;
  forwarders { 127.0.0.1 port 5301; }; pid-file none; session-keyfile none; dnssec-validation no; querylog yes;
  recursion yes; empty-zones-enable no; };
logging { channel q { file "$1/bind.log"; print-time yes; print-severity yes; print-category yes; }; category queries { q; };
  category default { q; }; };
controls { };
END
fstrm_capture -t protobuf:dnstap.Dnstap -u tap.sock -w a.tap >fstrm.log 2>&1 &
capture=$!
while [ ! -S tap.sock ]; do sleep 0.1; done
chmod 777 tap.sock
tcpdump -Z root -i lo -w lo.pcap -U port 5301 >/dev/null 2>&1 &
dump=$!
tcpdump -Z root -i any -w any.pcap -U port 5301 >/dev/null 2>&1 &
any=$!
unbound -c unbound.conf >/dev/null 2>&1 &
servers=$!
dnsmasq -k --no-resolv --server=127.0.0.1#5301 --port=5302 --listen-address=127.0.0.1 --bind-interfaces --log-queries=extra \
  --log-facility="$1/dnsmasq.log" --user=root --pid-file= &
servers="$servers $!"
named -c named.conf -f >/dev/null 2>&1 &
servers="$servers $!"
ask() { dig +tries=1 +time=2 @127.0.0.1 -p "$@" >/dev/null; }
for port in 5301 5302 5303; do
  for _ in $(seq 50); do if ask "$port" ready.test SOA; then break; fi; sleep 0.1; done
  for i in $(seq 20); do ask "$port" "n$i.ex.test" A; done
  ask "$port" no.nx.test A
  ask "$port" n1.ex.test TYPE65 +dnssec
  ask "$port" n1.ex.test A +tcp
done
sleep 1
kill $servers
sleep 1
kill -INT "$dump" "$any"
kill "$capture"
wait
"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("traces")
    subprocess.run(["unshare", "-n", "bash", "-c", TOOLS, "bash", str(folder)], check=True, timeout=120)
    return folder


def _rig(*words) -> dict:
    done = subprocess.run([RIG, *map(str, words), "--json"], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def _asked(seen: dict) -> int:
    """Events but those of the readiness checks."""
    return seen["events"] - seen["types"].get("SOA", 0)


@pytest.mark.parametrize("name", ["lo.pcap", "any.pcap", "a.tap"])
def test_captures_have_every_question_with_what_the_answer_said(recorded, name):
    port = () if name.endswith(".tap") else ("--port", "5301")
    seen = _rig("inspect", recorded / name, *port)
    assert _asked(seen) >= QUESTIONS     # and what dnsmasq and BIND forwarded
    assert seen["rcodes"].get("unknown", 0) == 0
    assert seen["rcodes"]["NXDOMAIN"] >= 1
    assert seen["over_tcp"] >= 1
    assert seen["dnssec_ok"] >= 1
    assert {60, 30} <= {count["ttl_sec"] for count in seen["ttls"]["counts"]}
    assert not any(skip["damage"] for skip in seen["skipped"].values()), seen["skipped"]


def test_a_capture_and_dnstap_of_the_same_questions_agree(recorded, tmp_path):
    for name, port in (("lo.pcap", ("--port", "5301")), ("a.tap", ())):
        _rig("convert", recorded / name, "-o", tmp_path / f"{name}.csv", *port)
    # But for what asked whether the servers were ready: one recorder may have begun before the other.
    rows = [[row for row in (line.split(",")[1:9] for line in (tmp_path / f"{name}.csv").read_text().splitlines()) if row[1] != "ready.test."]
            for name in ("lo.pcap", "a.tap")]
    assert sorted(rows[0]) == sorted(rows[1])


@pytest.mark.parametrize("name, form", [("dnsmasq.log", "dnsmasq"), ("bind.log", "bind")])
def test_query_logs_have_every_question(recorded, name, form):
    seen = _rig("inspect", recorded / name)
    assert seen["format"] == form
    assert _asked(seen) == QUESTIONS
    assert seen["types"]["HTTPS"] == 1
    assert not any(skip["damage"] for skip in seen["skipped"].values()), seen["skipped"]


def test_a_cut_capture_is_read_up_to_the_cut(recorded, tmp_path):
    cut = tmp_path / "cut.pcap"
    whole = (recorded / "lo.pcap").read_bytes()
    cut.write_bytes(whole[:len(whole) // 2 + 3])
    seen = _rig("inspect", cut, "--port", "5301")
    assert 0 < _asked(seen)
    assert seen["skipped"]["file_cut"]["count"] == 1
    assert seen["skipped"]["file_cut"]["places"][0].startswith("packet ")
