# SPDX-License-Identifier: Apache-2.0
"""The one command of a scenario: options, runs of all servers in turn, verdict, JSON, exit status."""
import argparse
import contextlib
import dataclasses
import datetime
import fcntl
import json
import os
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable

from lib import peers, verdict
from lib.rig import ROOT
from lib.verdict import Bound

LOCK = pathlib.Path("/run/sluice-lab/e2e-session.lock")
HELD = "SLUICE_LAB_LOCK_HELD"       # set by who holds the lock and starts us


@dataclasses.dataclass(frozen=True)
class Run:
    """The parameters of one measurement."""
    server: str
    variant: str
    seconds: float
    quick: bool
    seed: int


@dataclasses.dataclass(frozen=True)
class Variant:
    text: str
    bounds: list[Bound]
    seconds: float = 60.0
    quick_seconds: float = 4.0
    columns: dict[str, tuple[str, str]] = dataclasses.field(default_factory=dict)    # figures of the table of peers
    servers: tuple[str, ...] = ("sluice",)      # always measured; bounds are of the first one
    with_peers: bool = True
    compare: Callable[[dict], dict] | None = None   # figures from all servers' medians, added to the first one's


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    text: str
    variants: dict[str, Variant]
    measure: Callable[[Run], dict]
    plot: Callable[[dict, pathlib.Path], None] | None = None


def main(scenario: Scenario) -> int:
    args = _arguments(scenario)
    if os.geteuid() != 0:
        print(f"{scenario.name}: run as root: namespaces, nftables and packet sockets need it", file=sys.stderr)
        return 2
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {1})    # CPU 0 is the server's
    os.setpriority(os.PRIO_PROCESS, 0, -15)     # as all in the lab
    report = _facts(scenario, args)
    for name in args.variant:
        report["variants"][name] = _measure(scenario, name, args)
    report["passed"] = all(bound["met"] for found in report["variants"].values() for bound in found["bounds"])
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    if args.plot:
        if scenario.plot is None:
            print(f"{scenario.name}: has no plot", file=sys.stderr)
        else:
            scenario.plot(report, pathlib.Path(args.plot))
    print(f"{scenario.name}: {'passed' if report['passed'] else 'failed'}")
    if any("error" in run for found in report["variants"].values() for server in found["servers"].values() for run in server["runs"]):
        return 2
    return 0 if report["passed"] or args.quick else 1


def _arguments(scenario: Scenario) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"perf/scenarios/{scenario.name}", description=scenario.text,
                                     formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog="variants:\n" + "".join(f"  {n:16} {v.text}\n" for n, v in scenario.variants.items()) +
                                     "\nExit status: 0 every bound is met (with --quick: it ran), 1 one is not, 2 it could not run.")
    parser.add_argument("--seconds", type=float, help="of load in each run (each variant's own)")
    parser.add_argument("--runs", type=int, help="of each server; figures are medians (3, with --quick 1)")
    parser.add_argument("--variant", action="append", choices=list(scenario.variants), help="only this one; may be repeated")
    parser.add_argument("--peers", nargs="*", choices=[*peers.KNOWN, "all"], metavar="PEER",
                        help="other caches under the same load: all, or some of " + " ".join(peers.KNOWN))
    parser.add_argument("--json", metavar="FILE", help="write all figures and verdicts")
    parser.add_argument("--plot", metavar="FILE", help="write a picture (PNG)")
    parser.add_argument("--seed", type=int, default=1, help="of the first run (1)")
    parser.add_argument("--quick", action="store_true", help="one short run of one variant; bounds are shown but do not count")
    args = parser.parse_args()
    args.runs = args.runs or (1 if args.quick else 3)
    args.variant = args.variant or list(scenario.variants)[:1 if args.quick else None]
    if args.peers is not None and (not args.peers or "all" in args.peers):
        args.peers = list(peers.KNOWN)
    return args


def _facts(scenario: Scenario, args: argparse.Namespace) -> dict:
    def said(*argv: str) -> str:
        return subprocess.run(argv, capture_output=True, text=True, check=False, cwd=ROOT).stdout.strip()

    return {"scenario": scenario.name, "command": " ".join(["perf/scenarios/" + scenario.name, *sys.argv[1:]]),
            "commit": said("git", "describe", "--always", "--dirty"), "kernel": os.uname().release, "cpus": os.cpu_count(),
            "began_at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "quick": args.quick, "runs": args.runs, "peers": {peer: peers.version(peer) for peer in args.peers or []}, "variants": {}}


def _measure(scenario: Scenario, name: str, args: argparse.Namespace) -> dict:
    variant = scenario.variants[name]
    seconds = args.seconds or (variant.quick_seconds if args.quick else variant.seconds)
    servers = [*variant.servers, *(args.peers or [] if variant.with_peers else [])]
    print(f"\n{scenario.name} {name}: {variant.text}; {f'{seconds:g} s, ' if seconds else ''}{args.runs} run(s)", flush=True)
    found: dict[str, dict] = {server: {"runs": []} for server in servers}
    for number in range(args.runs):     # the servers take turns, so that a busy minute of the machine hits all
        for server in servers:
            with _alone():
                load = os.getloadavg()[0]
                begin = time.monotonic()
                figures = _figures(scenario, Run(server, name, seconds, args.quick, args.seed + number))
            found[server]["runs"].append({**figures, "load_average": round(load, 2), "took_sec": round(time.monotonic() - begin, 1)})
            print(f"  run {number + 1} of {server} took {time.monotonic() - begin:.0f} s, load average {load:.1f}"
                  f"{': ' + figures['error'] if 'error' in figures else ''}", flush=True)
    for server in servers:
        found[server]["median"] = verdict.medians(found[server]["runs"])
    if variant.compare is not None:
        with contextlib.suppress(KeyError):     # of a server without figures
            found[servers[0]]["median"].update(variant.compare({server: found[server]["median"] for server in servers}))
    judged = [bound.judge(found[servers[0]]["median"]) for bound in variant.bounds]
    verdict.print_bounds(judged)
    verdict.print_servers(found, variant.columns)
    return {"text": variant.text, "seconds": seconds, "servers": found, "bounds": judged}


def _figures(scenario: Scenario, run: Run) -> dict:
    """A run that goes wrong has no figures, and no bound is met without; the others go on."""
    try:
        return scenario.measure(run)
    except (RuntimeError, AssertionError, OSError, subprocess.TimeoutExpired) as error:
        return {"error": str(error)[-2000:]}


@contextlib.contextmanager
def _alone():
    """One lab at a time on a machine, the end-to-end tests included."""
    if os.environ.get(HELD):
        yield
        return
    LOCK.parent.mkdir(exist_ok=True)
    with open(LOCK, "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
