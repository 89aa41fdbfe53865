# SPDX-License-Identifier: Apache-2.0
"""Takes an interface from the kernel and gives it back: addresses, routes, and what the kernel sees of its frames.

While Sluice serves an interface, the interface's addresses live on Sluice's TAP. The commands that undo it all are kept
in a file until they have run, so that the next start repairs what a crash left.
"""
import json
import pathlib

from lablib import network
from lablib.plan import LabError
from lablib.proc import run

KERNEL_SIDE = "sluice-tap"      # the daemon makes it, with the served addresses
TAP_PORT = "sluice-port"        # for the tap profile: the port itself
TABLE = "sluice_run"


def addresses_of(interface: str) -> list[str]:
    listing = json.loads(run("ip", "-j", "address", "show", "dev", interface, "scope", "global").stdout)
    return [f"{a['local']}/{a['prefixlen']}" for link in listing for a in link.get("addr_info", []) if "local" in a]


def _routes_of(interface: str) -> list[list[str]]:
    """As words for 'ip route'; those that the kernel derives from the addresses are left out."""
    found = []
    for family in ("-4", "-6"):
        for line in run("ip", family, "route", "show", "dev", interface).stdout.splitlines():
            if "proto kernel" not in line:
                words = [w for w in line.split() if w not in ("linkdown", "onlink")]
                found.append([family, *words])
    return found


class Takeover:
    def __init__(self, interface: str, keep_in: pathlib.Path):
        self.interface, self.file = interface, keep_in
        self.undo: list[list[str]] = []
        self.routes: list[list[str]] = []

    def __enter__(self) -> "Takeover":
        repair(self.file)
        self.routes = _routes_of(self.interface)
        held = addresses_of(self.interface)
        for family, *route in reversed(self.routes):
            self._will_undo("ip", family, "route", "replace", *route, "dev", self.interface)
        for address in reversed(held):
            self._will_undo("ip", "address", "replace", address, "dev", self.interface)
        for address in held:
            run("ip", "address", "delete", address, "dev", self.interface)
        return self

    def __exit__(self, *_) -> None:
        repair(self.file)

    def hide(self) -> str:
        """The daemon reads the interface itself; the kernel must not answer beside it."""
        self._table(f"""
            table netdev {TABLE} {{
              chain ingress {{ type filter hook ingress device "{self.interface}" priority 0; policy drop; }}
            }}""")
        return self.interface

    def splice(self) -> str:
        """The daemon reads a TAP; what arrives on the interface goes there, and back."""
        mac = json.loads(run("ip", "-j", "link", "show", "dev", self.interface).stdout)[0]["address"]
        self._will_undo("ip", "link", "delete", TAP_PORT)
        run("ip", "tuntap", "add", "dev", TAP_PORT, "mode", "tap", "multi_queue")
        run("ip", "link", "set", TAP_PORT, "address", mac, "arp", "off", "up")
        run("sysctl", "-qw", f"net.ipv6.conf.{TAP_PORT}.disable_ipv6=1", check=False)
        self._table(network.splice_rules(TABLE, self.interface, TAP_PORT))
        return TAP_PORT

    def move_routes(self) -> None:
        for family, *route in self.routes:
            run("ip", family, "route", "replace", *route, "dev", KERNEL_SIDE, check=False)

    def _table(self, rules: str) -> None:
        run("nft", "delete", "table", "netdev", TABLE, check=False)
        self._will_undo("nft", "delete", "table", "netdev", TABLE)
        if run("nft", "-f", "-", stdin=rules, check=False).returncode != 0:
            raise LabError("nftables cannot filter at an interface's ingress; the kernel needs CONFIG_NETFILTER_INGRESS")

    def _will_undo(self, *argv: str) -> None:
        if list(argv) not in self.undo:
            self.undo.append(list(argv))
        self.file.write_text(json.dumps(self.undo))


def repair(file: pathlib.Path) -> None:
    """Runs the kept commands, the last one first."""
    if file.exists():
        for argv in reversed(json.loads(file.read_text())):
            run(*argv, check=False)
        file.unlink()
