# SPDX-License-Identifier: Apache-2.0
"""scripts/run: the appliance on one of the machine's own interfaces."""
import argparse
import ipaddress
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

from lablib import appliance, takeover
from lablib import plan as p
from lablib.plan import LabError
from lablib.proc import run, spawn, tail, is_alive, end

PROFILES = ["af_xdp", "af_packet", "tap"]
DIR = pathlib.Path("/run/sluice-run")
RESTORE = DIR / "restore.json"

CONFIG = """\
# Written by scripts/run.
port:
  profile: {profile}
  device: {device}
  addresses: [{addresses}]
lcores: auto
uplinks:
  - name: upstream
    servers: [{servers}]
    budget: {{limit: {limit}, reserve: 0}}
forward:
  - {{zone: ".", uplink: upstream}}
cache:
  size: 256MiB
control:
  socket: {socket}
"""


def main(words: list[str]) -> int:
    own, rest = (words[:words.index("--")], words[words.index("--") + 1:]) if "--" in words else (words, [])
    args = _parser().parse_args(own)
    try:
        _check(args)
        _build(args)
        return _serve(args, rest)
    except LabError as error:
        print(f"run: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/run", description="Serves DNS on one of this machine's interfaces with the fastest profile that works "
        "there (AF_XDP, AF_PACKET, TAP), until it is interrupted. Options after '--' go to the appliance.")
    parser.add_argument("--interface", required=True, metavar="NAME", help="the interface to serve on; it should be Sluice's own")
    parser.add_argument("--address", action="append", metavar="IP/PREFIX",
                        help="an address to serve, may be repeated; default: the addresses of the interface")
    parser.add_argument("--upstream", action="append", metavar="IP", help="resolver to ask; default: those of /etc/resolv.conf")
    parser.add_argument("--limit", default="1024", help="packets a second to the upstream, or none")
    parser.add_argument("--profile", choices=PROFILES, help="only this profile")
    parser.add_argument("--take-over", action="store_true", help="even if this machine's default route goes through the interface")
    parser.add_argument("--no-build", action="store_true", help="take the binaries as they are")
    return parser


def _check(args) -> None:
    if os.geteuid() != 0:
        raise LabError("run as root: packet sockets and XDP need it")
    if run("ip", "link", "show", "dev", args.interface, check=False).returncode != 0:
        raise LabError(f"there is no interface '{args.interface}'; 'ip -br link' lists them")
    routes = [route for family in ("-4", "-6")
              for route in json.loads(run("ip", family, "-j", "route", "show", "default").stdout or "[]")]
    if any(route.get("dev") == args.interface for route in routes) and not args.take_over:
        raise LabError(f"the default route goes through '{args.interface}', and this machine could become unreachable; "
                       "use an interface of its own, or --take-over")
    DIR.mkdir(parents=True, exist_ok=True)
    takeover.repair(RESTORE)
    args.address = args.address or takeover.addresses_of(args.interface)
    if not args.address:
        raise LabError(f"'{args.interface}' has no address; name the ones to serve with --address")
    args.upstream = args.upstream or _system_resolvers()
    for text in args.address:
        _valid(ipaddress.ip_interface, text, "--address", "10.0.0.53/24 or fd00::53/64")
        if "/" not in text:
            raise LabError(f"--address {text} has no prefix length; write for example {text}/24")
    for text in args.upstream:
        _valid(ipaddress.ip_address, text, "--upstream", "10.0.0.2")


def _valid(parse, text: str, option: str, example: str) -> None:
    try:
        parse(text)
    except ValueError:
        raise LabError(f"{option}: '{text}' is no address; write for example {example}") from None


def _system_resolvers() -> list[str]:
    found = re.findall(r"^nameserver\s+([0-9a-fA-F.:]+)\s*$", pathlib.Path("/etc/resolv.conf").read_text(), re.MULTILINE)
    usable = [text for text in found if not ipaddress.ip_address(text).is_loopback]
    if not usable:
        raise LabError("/etc/resolv.conf names no resolver outside this machine; name one with --upstream")
    return usable


def _build(args) -> None:
    if not args.no_build:
        for script, *options in (("deps",), ("build", "--apps")):
            if subprocess.run([str(p.ROOT / "scripts" / script), *options], check=False).returncode != 0:
                raise LabError(f"scripts/{script} failed; see above")


def _serve(args, rest: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with takeover.Takeover(args.interface, RESTORE) as taken:
            for profile in [args.profile] if args.profile else PROFILES:
                _try(args, profile, taken, rest)
    except KeyboardInterrupt:
        return 0
    raise LabError(f"no profile works on '{args.interface}'; the logs are in {DIR}")


def _try(args, profile: str, taken: takeover.Takeover, rest: list[str]) -> None:
    """Returns when the profile does not work; serves until an exception when it does."""
    log = DIR / f"{profile}.log"
    log.unlink(missing_ok=True)
    device = taken.splice() if profile == "tap" else taken.hide()
    process = spawn(_command(args, profile, device, rest), log)
    try:
        if not _is_serving(process):
            print(f"run: {profile} does not work on {args.interface}:\n{tail(log, 3)}", file=sys.stderr)
            return
        taken.move_routes()
        print(f"run: serving {', '.join(args.address)} on {args.interface} by {profile}; the log is {log}; Ctrl-C ends it\n"
              f"run: ask it from another machine: dig @{args.address[0].partition('/')[0]} example.com", flush=True)
        while is_alive(process):
            time.sleep(0.5)
        raise LabError(f"the appliance ended; the end of its log:\n{tail(log, 20)}")
    finally:
        end(process)


def _command(args, profile: str, device: str, rest: list[str]) -> list[str]:
    binary = p.build_dir("release") / "app/sluice/sluice"
    config = DIR / "sluice.yaml"
    config.write_text(CONFIG.format(
        profile=profile, device=device, limit=args.limit, socket=DIR / "control.sock",
        addresses=", ".join(f'"{a}"' for a in args.address), servers=", ".join(f'"{s}"' for s in args.upstream)))
    return [str(binary), "-c", str(config), *rest, "--", "--no-pci", "--file-prefix", "sluice-run", *appliance.memory_arguments()]


def _is_serving(process: dict, timeout_sec: float = 15.0) -> bool:
    """Serving is when the control socket answers."""
    ctl = p.build_dir("release") / "app/sluicectl/sluicectl"
    finish = time.monotonic() + timeout_sec
    while is_alive(process) and time.monotonic() < finish:
        if subprocess.run([str(ctl), "status"], env={**os.environ, "SLUICE_CONTROL": str(DIR / "control.sock")},
                          capture_output=True, check=False).returncode == 0:
            return True
        time.sleep(0.1)
    return False
