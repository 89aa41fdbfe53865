# SPDX-License-Identifier: Apache-2.0
"""The lab with three caches in front of one authority: Sluice, Debian's Unbound and Debian's dnsdist.

Unbound and dnsdist run in the client's namespace, on addresses of their own, so that all three reach the authority over the
same unpoliced wire. None of them validates; each forwards test.example to the programmable resolver and the rest to nsd.
"""
import contextlib
import fcntl
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "tests/resolver")]

import signed_zones  # noqa: E402
from harness import Lab  # noqa: E402

NAME = "differential"
SLUICE, UNBOUND, DNSDIST, AUTHORITY = "sluice", "unbound", "dnsdist", "authority"
PEERS = (UNBOUND, DNSDIST)
ADDRESSES = {SLUICE: "10.77.0.53", UNBOUND: "10.77.0.148", DNSDIST: "10.77.0.149", AUTHORITY: "10.77.0.2"}
SCRIPTED = "10.77.0.3"

SLUICE_CONFIG = """\
port: {{profile: {pmd}, device: sluice0, addresses: [10.77.0.53/24, "fd77::53/64"]}}
lcores: {{workers: [0], egress: 0, control: 0}}
uplinks:
  - {{name: authority, servers: [10.77.0.2], budget: {{limit: none}}}}
  - {{name: scripted, servers: [10.77.0.3], budget: {{limit: none}}}}
forward:
  - {{zone: test.example, uplink: scripted}}
  - {{zone: ".", uplink: authority}}
cache: {{size: 256MiB}}
clients: {{allow: [10.77.0.0/24, "fd77::/64"]}}
control: {{socket: {socket}}}
"""

UNBOUND_CONFIG = """\
server:
  interface: 10.77.0.148
  outgoing-interface: 10.77.0.148
  access-control: 10.77.0.0/24 allow_snoop
  num-threads: 1
  incoming-num-tcp: 500
  do-daemonize: no
  username: ""
  chroot: ""
  pidfile: ""
  use-syslog: no
  module-config: "iterator"
  edns-buffer-size: 1232
  max-udp-size: 1232
  minimal-responses: yes
  do-ip6: no
  qname-minimisation: no
  cache-max-negative-ttl: 86400
  hide-identity: yes
  hide-version: yes
  local-zone: "10.in-addr.arpa." nodefault
forward-zone:
  name: "."
  forward-addr: 10.77.0.2
forward-zone:
  name: "test.example."
  forward-addr: 10.77.0.3
remote-control:
  control-enable: no
"""

DNSDIST_CONFIG = """\
setLocal("10.77.0.149:53")
setACL({"0.0.0.0/0", "::/0"})
setUDPTimeout(5)
newServer({address="10.77.0.2", name="authority"}):setUp()
newServer({address="10.77.0.3", name="scripted", pool="scripted"}):setUp()
cache = newPacketCache(200000, {maxTTL=86400, minTTL=0, temporaryFailureTTL=1})
getPool(""):setCache(cache)
getPool("scripted"):setCache(cache)
addAction(makeRule("test.example."), PoolAction("scripted"))
"""


def package_version(package: str) -> str:
    done = subprocess.run(["dpkg-query", "-W", "-f=${Version}", package], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "missing"


@contextlib.contextmanager
def alone():
    """As the end-to-end tests: one at a time on a machine."""
    folder = pathlib.Path("/run/sluice-lab")
    folder.mkdir(exist_ok=True)
    with open(folder / "e2e-session.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def lab(pmd: str):
    """Everything runs and answers inside."""
    work = pathlib.Path(tempfile.mkdtemp(prefix="differential-"))
    children: list[subprocess.Popen] = []
    try:
        zones = work / "zones"
        shutil.copytree(ROOT / "tests/differential/zones", zones)
        signed_zones.write(zones)
        config = work / "sluice.yaml"
        config.write_text(SLUICE_CONFIG.format(pmd=pmd, socket=f"/run/sluice-lab/{NAME}/control.sock"))
        found = Lab(NAME, "--pmd", pmd, "--no-policer", "--zones", str(zones), "--config", str(config))
        try:
            found.up()
            children += _start_peers(found, work)
            yield found
        finally:
            found.down()    # ends whatever runs in its namespaces
    finally:
        for child in children:
            child.wait()
        shutil.rmtree(work)


def _start_peers(found: Lab, work: pathlib.Path) -> list[subprocess.Popen]:
    commands = {UNBOUND: (UNBOUND_CONFIG, ["unbound", "-d", "-c"]),
                DNSDIST: (DNSDIST_CONFIG, ["dnsdist", "--supervised", "--disable-syslog", "-C"])}
    children = []
    for server, (text, argv) in commands.items():
        config = work / f"{server}.conf"
        config.write_text(text)
        with open(work / f"{server}.log", "w", encoding="utf-8") as log:
            children.append(subprocess.Popen(found.argv("client", *argv, str(config)), stdout=log, stderr=log, stdin=subprocess.DEVNULL))
        _wait_for(found, server, children[-1], work / f"{server}.log")
    return children


def _wait_for(found: Lab, server: str, child: subprocess.Popen, log: pathlib.Path) -> None:
    for _ in range(50):
        try:
            if found.ask("www.mix.example", server=ADDRESSES[server], timeout=0.3).answer:
                return
        except (OSError, TimeoutError):
            time.sleep(0.1)
        if child.poll() is not None:
            break
    raise RuntimeError(f"{server} does not answer; its log says:\n{log.read_text()}")
