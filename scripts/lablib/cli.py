# SPDX-License-Identifier: Apache-2.0
"""Verbs of the lab and their options."""
import argparse
import json
import os
import subprocess
import sys
import time

from lablib import appliance, network, policer, resolver, state
from lablib import plan as p
from lablib.plan import LabError, Plan
from lablib.proc import end, in_namespace, is_alive, kill, run

DEFAULT_NAME = "sluice-lab"
UPSTREAMS = ["resolver", "resolver6", "scripted", "scripted6"]


def main(words: list[str]) -> int:
    own, rest = (words[:words.index("--")], words[words.index("--") + 1:]) if "--" in words else (words, [])
    args = _parser().parse_args(own)
    args.rest = rest
    try:
        if os.geteuid() != 0:
            raise LabError("run as root: namespaces, nftables and packet sockets need it")
        return args.verb(args, Plan(args.name)) or 0
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/lab", description="Clients, a policed resolver and the appliance in network namespaces.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, function, text: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=text, description=text, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        sub.set_defaults(verb=function)
        sub.add_argument("--name", default=DEFAULT_NAME, help="which lab; several can coexist")
        return sub

    up_options(verb("up", up, "start a lab, or restart the one that runs; options after '--' go to the appliance"))
    verb("down", down, "end what the lab started and remove it")
    execute = verb("exec", exec_, "run a command in one of the lab's namespaces: exec client -- dig …")
    execute.add_argument("where", choices=["client", "resolver", "appliance"])
    count = verb("counters", counters, "packets to the resolver and packets policed, as JSON")
    count.add_argument("--reset", action="store_true", help="read and start again from zero")
    verb("status", status, "what runs, as JSON")
    verb("log", log, "the appliance's log")
    stop = verb("stop", stop_appliance, "end the appliance alone, by SIGTERM")
    stop.add_argument("--kill", action="store_true", help="by SIGKILL")
    verb("start", start_appliance, "start the stopped appliance with its old options; waits until it answers")
    return parser


def up_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--pmd", choices=["af_xdp", "af_packet", "tap"], default="af_xdp", help="the port's profile")
    sub.add_argument("--workers", type=int, default=1, help="worker roles, each with its queues")
    sub.add_argument("--config", metavar="FILE", help="the appliance's configuration instead of the generated one")
    sub.add_argument("--coalesce", choices=["off", "core", "global"], default="global", help="in the generated configuration")
    sub.add_argument("--cache", metavar="SIZE", default="256MiB", help="in the generated configuration")
    sub.add_argument("--upstream", choices=UPSTREAMS, default="resolver", help="in the generated configuration: nsd or the programmable one")
    sub.add_argument("--zones", metavar="DIR", help="serve every *.zone in DIR besides the lab's own")
    sub.add_argument("--no-own-zones", action="store_true",
                     help="with --zones: of the lab's own only bench.example, in which it looks whether the appliance answers")
    sub.add_argument("--rtt", type=float, default=0.0, metavar="MS", help="round trip to the resolver")
    sub.add_argument("--no-policer", action="store_true", help="count packets to the resolver, drop none")
    sub.add_argument("--topology", choices=["bridge", "direct"], default="bridge")
    sub.add_argument("--without-appliance", action="store_true", help="everything but the daemon")
    sub.add_argument("--kernel-port", action="store_true",
                     help="with --without-appliance: the kernel has the appliance's addresses, for another server to be compared")
    sub.add_argument("--type", choices=["release", "debug", "asan", "tsan"], default="release", help="which build")
    sub.add_argument("--no-build", action="store_true", help="take the binaries as they are")
    sub.add_argument("--timeout", type=float, default=20.0, metavar="SEC", help="for the appliance's first answer")


def up(args, plan: Plan) -> None:
    _check(args)
    if not args.without_appliance and not args.no_build:
        if subprocess.run([str(p.ROOT / "scripts/build"), "--type", args.type, "--apps"], check=False).returncode != 0:
            raise LabError("the build failed; see above, or use --no-build")
    with state.locked(plan):
        _remove(plan)
        try:
            _up(args, plan)
        except BaseException:
            _remove(plan)
            raise


def _check(args) -> None:
    if args.topology == "direct" and args.rtt > 0:
        raise LabError("--rtt needs the bridge topology: with --topology direct clients and resolver share the link")
    if not 1 <= args.workers <= 16:
        raise LabError(f"--workers {args.workers} is out of range; allowed: 1 to 16")
    if args.kernel_port and not args.without_appliance:
        raise LabError("--kernel-port gives the addresses to the kernel; it goes with --without-appliance")
    if args.no_own_zones and not args.zones:
        raise LabError("--no-own-zones leaves nothing to serve; it goes with --zones")
    if args.rest and args.without_appliance:
        raise LabError("options after '--' go to the appliance, and --without-appliance starts none")
    if args.config and not os.path.exists(args.config):
        raise LabError(f"--config: there is no file '{args.config}'")


def _up(args, plan: Plan) -> None:
    zones = resolver.zone_files(args.zones, own=not args.no_own_zones)
    lab = {"name": plan.name, "topology": args.topology, "type": args.type, "since": time.time(),
           "control_socket": str(plan.control_socket), "processes": {}}
    state.save(plan, lab)
    network.create(plan, args.topology, args.pmd, args.workers, args.rtt > 0, args.kernel_port)
    far = plan.client if args.topology == "direct" else plan.resolver
    lab["resolver_namespace"] = far

    def keep(role: str, process: dict) -> None:
        lab["processes"][role] = process
        state.save(plan, lab)

    if args.rtt > 0:
        keep("wire", resolver.start_wire(plan, args.rtt, args.type))
    keep("nsd", resolver.start_nsd(plan, far, zones))
    keep("scripted", resolver.start_scripted(plan, far))
    policer.install(far, not args.no_policer)
    if not args.without_appliance:
        config = (p.pathlib.Path(args.config).resolve() if args.config
                  else appliance.write_config(plan, args.pmd, args.workers, args.upstream, args.coalesce, args.cache))
        lab["control_socket"] = appliance.control_socket(config)
        lab["appliance_argv"] = appliance.command(plan, args.type, config, args.rest)
        keep("appliance", appliance.start(plan, lab["appliance_argv"]))
        appliance.wait_ready(plan, lab["processes"]["appliance"], p.APPLIANCE[0], args.timeout)
    policer.counters(far, reset=True)
    lab["since"] = time.time()
    state.save(plan, lab)


def down(_args, plan: Plan) -> None:
    with state.locked(plan):
        _remove(plan)


def _remove(plan: Plan) -> None:
    """Also after a crash: what the state file does not know is found by the names of the namespaces."""
    known = (state.load(plan) or {}).get("processes", {})
    for role in ("appliance", "scripted", "nsd", "wire"):
        if not end(known.get(role)) and role == "appliance":
            print("lab: the appliance did not end on SIGTERM within 5 s and was killed", file=sys.stderr)
    network.remove(plan)
    if plan.dir.exists():
        run("rm", "-rf", str(plan.dir))


def exec_(args, plan: Plan) -> None:
    lab = state.require(plan)
    if not args.rest:
        raise LabError(f"what shall run? write 'scripts/lab exec {args.where} -- COMMAND …'")
    namespace = {"client": plan.client, "resolver": lab["resolver_namespace"], "appliance": plan.appliance}[args.where]
    env = {**os.environ, **appliance.environment(lab["type"], lab["control_socket"])}
    argv = in_namespace(namespace, args.rest, p.OTHER_CPU)
    sys.stdout.flush()
    os.execvpe(argv[0], argv, env)


def counters(args, plan: Plan) -> None:
    lab = state.require(plan)
    counted = policer.counters(lab["resolver_namespace"], args.reset)
    now = time.time()
    print(json.dumps({**counted, "since": lab["since"], "seconds": round(now - lab["since"], 3)}))
    if args.reset:
        lab["since"] = now
        state.save(plan, lab)


def status(_args, plan: Plan) -> int:
    lab = state.load(plan)
    alive = {role: is_alive(process) for role, process in (lab or {}).get("processes", {}).items()}
    print(json.dumps({"name": plan.name, "up": bool(lab), "namespaces": network.existing(plan), "alive": alive,
                      "topology": (lab or {}).get("topology"), "dir": str(plan.dir)}))
    return 0 if lab and all(alive.values()) else 3


def log(_args, plan: Plan) -> None:
    state.require(plan)
    sys.stdout.write(plan.appliance_log.read_text(errors="replace") if plan.appliance_log.exists() else "")


def stop_appliance(args, plan: Plan) -> int:
    with state.locked(plan):
        process = state.require(plan)["processes"].get("appliance")
        if not is_alive(process):
            raise LabError("the appliance does not run; 'scripts/lab start' starts it")
        if args.kill:
            kill(process)
            return 0
        return 0 if end(process) else 1


def start_appliance(_args, plan: Plan) -> None:
    with state.locked(plan):
        lab = state.require(plan)
        if "appliance_argv" not in lab:
            raise LabError("this lab was started --without-appliance; use 'scripts/lab up' without it")
        if is_alive(lab["processes"].get("appliance")):
            raise LabError("the appliance runs already; 'scripts/lab stop' ends it")
        begin = time.monotonic()
        process = appliance.start(plan, lab["appliance_argv"])
        lab["processes"]["appliance"] = process
        state.save(plan, lab)
        appliance.wait_ready(plan, process, p.APPLIANCE[0], 20.0)
        print(json.dumps({"ready_seconds": round(time.monotonic() - begin, 3)}))
