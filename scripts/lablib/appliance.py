# SPDX-License-Identifier: Apache-2.0
"""The daemon under test: its configuration, its start and its readiness."""
import os
import pathlib
import re

from lablib import plan as p
from lablib.plan import LabError, Plan
from lablib.proc import in_namespace, is_alive, run, spawn, tail

HUGEPAGES = pathlib.Path("/proc/sys/vm/nr_hugepages")
HUGEPAGES_WANTED = 512      # of 2 MiB: 1 GiB for one lab
READY_NAME = "ready.bench.example"

CONFIG = """\
# Written by scripts/lab.
port:
  profile: {pmd}
  device: {device}
  addresses: [{v4}/24, "{v6}/64"]
lcores: {{workers: [{workers}], egress: {cpu}, control: {cpu}}}
uplinks:
  - name: vpc
    servers: [{servers}]
    budget: {{limit: 1024, reserve: 0}}
forward:
  - {{zone: ".", uplink: vpc}}
cache:
  size: {cache}
  coalesce: {coalesce}
clients:
  allow: [{net4}, "{net6}"]
control:
  socket: {socket}
"""


def write_config(plan: Plan, pmd: str, workers: int, upstream: str, coalesce: str, cache: str) -> pathlib.Path:
    address = p.SCRIPTED if upstream.startswith("scripted") else p.RESOLVER
    server = f'"{address[1]}"' if upstream.endswith("6") else address[0]
    path = plan.dir / "sluice.yaml"
    path.write_text(CONFIG.format(
        pmd=pmd, device=p.PORT, v4=p.APPLIANCE[0], v6=p.APPLIANCE[1], cpu=p.APPLIANCE_CPU,
        workers=", ".join([str(p.APPLIANCE_CPU)] * workers), servers=server, coalesce=coalesce, cache=cache,
        net4=p.NET4, net6=p.NET6, socket=plan.control_socket))
    return path


def control_socket(config: pathlib.Path) -> str:
    """Where the configuration puts the control socket; the file is the user's own with --config."""
    found = re.search(r"^\s+socket:\s*(\S+)", config.read_text(), re.MULTILINE)
    return found.group(1) if found else "/run/sluice/control.sock"


def memory_arguments() -> list[str]:
    """Huge pages where the machine gives them, else ordinary ones."""
    meminfo = pathlib.Path("/proc/meminfo").read_text()
    total, free = (int(re.search(rf"HugePages_{w}:\s+(\d+)", meminfo).group(1)) for w in ("Total", "Free"))
    if free < HUGEPAGES_WANTED:
        try:
            HUGEPAGES.write_text(str(total + HUGEPAGES_WANTED - free))
            meminfo = pathlib.Path("/proc/meminfo").read_text()
            free = int(re.search(r"HugePages_Free:\s+(\d+)", meminfo).group(1))
        except OSError:
            pass
    return ["--in-memory"] if free >= HUGEPAGES_WANTED else ["--no-huge", "-m", "1024"]


def command(plan: Plan, build_type: str, config: pathlib.Path, extra: list[str]) -> list[str]:
    """Of the user's options, those after a '--' of their own go to EAL."""
    binary = p.build_dir(build_type) / "app/sluice/sluice"
    if not binary.exists():
        raise LabError(f"there is no {binary}; run scripts/build{'' if build_type == 'release' else ' --type ' + build_type}")
    own, eal = (extra[:extra.index("--")], extra[extra.index("--") + 1:]) if "--" in extra else (extra, [])
    return [str(binary), "-c", str(config), *own, "--", "--no-pci", "--file-prefix", plan.name, *memory_arguments(), *eal]


def start(plan: Plan, argv: list[str]) -> dict:
    env = {"SLUICE_CONTROL": str(plan.control_socket)}
    return spawn(in_namespace(plan.appliance, argv, p.APPLIANCE_CPU), plan.appliance_log, env)


def wait_ready(plan: Plan, process: dict, address: str, timeout_sec: float) -> None:
    probe = [str(p.ROOT / "scripts/lablib/probe.py"), address, READY_NAME, str(timeout_sec), str(process["pid"])]
    if run(*in_namespace(plan.client, ["/usr/bin/python3", *probe]), check=False).returncode == 0:
        return
    what = f"did not answer {READY_NAME} within {timeout_sec:g} s" if is_alive(process) else "ended while starting"
    kept = plan.failed_log
    if plan.appliance_log.exists():
        kept.write_bytes(plan.appliance_log.read_bytes())
    raise LabError(f"the appliance {what}; the end of its log ({kept}):\n{tail(plan.appliance_log)}")


def environment(build_type: str, socket: str) -> dict[str, str]:
    """For what runs by 'lab exec': the build's own commands first, and sluicectl knows its daemon."""
    path = ":".join([*map(str, p.binary_dirs(build_type)), os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")])
    return {"PATH": path, "SLUICE_CONTROL": socket}
