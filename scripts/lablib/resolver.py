# SPDX-License-Identifier: Apache-2.0
"""What runs at the resolver's end: nsd, the programmable resolver, and a wire that takes its time."""
import pathlib

from lablib import plan as p
from lablib.plan import LabError, Plan
from lablib.proc import in_namespace, is_alive, run, spawn, tail, wait_until

SCRIPT = p.ROOT / "tests/resolver/programmable_resolver.py"


def zone_files(extra_dir: str | None, own: bool = True) -> dict[str, pathlib.Path]:
    """Zone name to file; a file of the same name in extra_dir replaces the lab's own. root.zone is that of the root."""
    found = sorted((p.ROOT / "scripts/lab-zones").glob("*.zone" if own else "bench.example.zone"))
    if extra_dir is not None:
        extra = sorted(pathlib.Path(extra_dir).resolve().glob("*.zone"))
        if not extra:
            raise LabError(f"--zones: there is no *.zone file in '{extra_dir}'")
        found += extra
    return {"." if path.name == "root.zone" else path.name.removesuffix(".zone"): path for path in found}


def start_nsd(plan: Plan, namespace: str, zones: dict[str, pathlib.Path]) -> dict:
    config = plan.dir / "nsd.conf"
    config.write_text(_nsd_config(plan, zones))
    check = run("nsd-checkconf", str(config), check=False)
    if check.returncode != 0:
        raise LabError(f"nsd does not accept {config}: {check.stderr.strip()}")
    log = plan.dir / "nsd.log"
    process = spawn(in_namespace(namespace, ["nsd", "-d", "-c", str(config)], p.OTHER_CPU), log)
    _wait_for_port(namespace, p.RESOLVER[0], process, log, "nsd")
    return process


def start_scripted(plan: Plan, namespace: str) -> dict:
    log = plan.dir / "scripted.log"
    argv = ["/usr/bin/python3", str(SCRIPT), "--log", str(plan.scripted_log)]
    for address in p.SCRIPTED:
        argv += ["--listen", address]
    process = spawn(in_namespace(namespace, argv, p.OTHER_CPU), log)
    _wait_for_port(namespace, p.SCRIPTED[0], process, log, "the programmable resolver")
    return process


def start_wire(plan: Plan, rtt_ms: float, build_type: str) -> dict:
    """Delays what goes to the resolver's end by the whole round trip; the way back is immediate."""
    binary = p.build_dir(build_type) / "tests/resolver/delay_wire"
    if not binary.exists():
        raise LabError(f"--rtt needs {binary}; run scripts/build")
    log = plan.dir / "wire.log"
    argv = [str(binary), "near-end", "far-end", str(rtt_ms)]
    process = spawn(in_namespace(plan.switch, argv, p.OTHER_CPU), log)
    if not wait_until(lambda: "ready" in tail(log, 5) or not is_alive(process), 5) or not is_alive(process):
        raise LabError(f"the delaying wire did not start: {tail(log, 5)}")
    return process


def _wait_for_port(namespace: str, address: str, process: dict, log: pathlib.Path, what: str) -> None:
    def serves() -> bool:
        return run("ip", "netns", "exec", namespace, "ss", "-Hnul", "src", f"{address}:53").stdout.strip() != ""

    if not wait_until(lambda: serves() or not is_alive(process), 10, 0.05) or not is_alive(process):
        raise LabError(f"{what} does not listen on {address} port 53; the end of {log}:\n{tail(log)}")


def _nsd_config(plan: Plan, zones: dict[str, pathlib.Path]) -> str:
    server = f"""
server:
  ip-address: {p.RESOLVER[0]}
  ip-address: {p.RESOLVER[1]}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "{plan.dir}"
  pidfile: "{plan.dir}/nsd.pid"
  zonelistfile: "{plan.dir}/nsd-zones.list"
  xfrdfile: ""
  xfrdir: "{plan.dir}"
  database: ""
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
  minimal-responses: yes
  answer-cookie: no
  tcp-count: 512
  send-buffer-size: 4194304
  receive-buffer-size: 8388608
  verbosity: 1

remote-control:
  control-enable: no
"""
    return server + "".join(f'\nzone:\n  name: "{name}"\n  zonefile: "{path}"\n' for name, path in zones.items())
