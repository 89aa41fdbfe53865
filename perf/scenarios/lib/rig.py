# SPDX-License-Identifier: Apache-2.0
"""One server in a lab of its own, behind the policed resolver: Sluice on its port, or a peer on the same address.

    clients (CPU 1)  ──  server (CPU 0)  ──  policer, 1024 packets/s  ──  nsd and the programmable resolver (CPU 1)
"""
import json
import os
import subprocess

from lib import peers
from lib.place import CLIENT, RESOLVER, ROOT, SERVER, Place, harness

ZONES = ROOT / "perf/scenarios/zones"
LAB_NAME = "scenario"
SCRIPTED = "10.77.0.3"
CLIENTS = "10.77.0.100-10.77.0.149"         # the fifty addresses of the lab's client
FLOODER = "10.77.0.90"
PORT_CLIENTS = "10.77.0.200-10.77.0.249"    # fifty that the kernel knows nothing of, for load by a port
SPOOFED = "10.99.0.0/16"                    # in no network of the lab; the way back goes through the client

CONFIG = """\
port: {{profile: {pmd}, device: sluice0, addresses: [{server}/24, "fd77::53/64"]{tap}}}
lcores: {{workers: [{workers}], egress: 0, control: 0}}
uplinks:
  - {{name: vpc, servers: [{upstream}], budget: {{limit: {limit}}}}}
cache: {{size: 256MiB, coalesce: {coalesce}{cache}}}
clients: {{allow: [10.0.0.0/8, "fd00::/8"]{clients}}}
egress: {{{egress}}}
control:
  socket: /run/sluice-lab/{name}/control.sock
"""
# Sluice with other settings, to be compared with.
OTHERS = {"sluice-fifo": {"egress": "order: fifo"}, "sluice-fifo-live": {"egress": "order: fifo_live"}, "sluice-unwatched": {"more": "topk: off\n"}}
DEFAULTS = {"pmd": "af_xdp", "tap": "", "workers": "0", "upstream": RESOLVER, "limit": "1024", "coalesce": "global", "cache": "",
            "clients": "", "egress": "", "more": ""}


class Rig(Place):
    """`settings` are words of CONFIG, for Sluice alone; `lab` are options of the lab."""

    def __init__(self, server: str, *lab: str, **settings: str):
        super().__init__(server)
        self.lab_options = lab
        self.settings = {**DEFAULTS, "pmd": os.environ.get("SLUICE_E2E_PMD", "af_xdp"), **settings}
        for word, text in OTHERS.get(server, {}).items():
            self.settings[word] = (", " if word == "egress" else "").join(filter(None, (text, self.settings[word])))

    @property
    def is_sluice(self) -> bool:
        return self.server.startswith("sluice")

    def _start(self) -> None:
        options = ["--zones", str(ZONES), *self.lab_options]
        if self.is_sluice:
            config = self.work / "sluice.yaml"
            config.write_text(CONFIG.format(name=LAB_NAME, server=SERVER, **self.settings) + self.settings["more"])
            options += ["--config", str(config), "--pmd", self.settings["pmd"]]
        else:
            options += ["--without-appliance", "--kernel-port"]
        self.build_lab(LAB_NAME, *options)
        # The generator and the authority do their little work at its moment, whatever else the machine does. They share a CPU,
        # and the generator goes first: what it measures is the server, and not how busy the authority is.
        for pid in harness.run("ip", "netns", "pids", f"{LAB_NAME}-resolver").stdout.split():
            os.sched_setscheduler(int(pid), os.SCHED_FIFO, os.sched_param(1))
        self.lab.exec("client", "ip", "address", "add", f"{FLOODER}/24", "dev", "eth0")
        if not self.is_sluice:
            self.lab.exec("appliance", "ip", "route", "add", SPOOFED, "via", CLIENT)
            child = self.launch(["taskset", "-c", "0", *peers.command(self.server, self.work, self.settings["upstream"])])
            self.wait_for_answer("ready.z0.good", child)
        self.reset()

    def reset(self) -> None:
        self.lab.reset_counters()

    def counters(self) -> dict:
        """Packets to the resolvers since the last reset, and how many of them were policed."""
        return self.lab.counters()

    def blast(self, *streams: str, seconds: float, seed: int = 1, by_port: bool = False) -> dict:
        """The report; wrong answers are for the verdict to judge."""
        return self.finish(self.start_blast(*streams, seconds=seconds, seed=seed, by_port=by_port), seconds + 120)

    def start_blast(self, *streams: str, seconds: float, seed: int = 1, by_port: bool = False) -> subprocess.Popen:
        words = ["--server", SERVER, "--quiet", "--json", "-", "--seed", str(seed), "--duration", f"{seconds:g}"]
        words += (["--port", "af_packet", "--device", "eth0", "--eal=--no-huge", "--sources", PORT_CLIENTS]
                  if by_port else ["--sources", CLIENTS])
        for stream in streams:
            words += ["--stream", stream]
        # Who polls all the time must not have such a priority: nothing else would run on its CPU. Up to here the generator naps, by
        # sockets and by a port alike.
        polls = sum(float(word[5:]) for stream in streams for word in stream.split(",") if word.startswith("rate=")) > 15_000
        first, last = (["nice", "-n", "-5"], []) if polls else ([], ["--realtime", "2"])
        return self.lab.popen("client", *first, "sluice-blast", *words, *last)

    @staticmethod
    def finish(blast: subprocess.Popen, timeout_sec: float) -> dict:
        out, err = blast.communicate(timeout=timeout_sec)
        if blast.returncode not in (0, 3):
            raise RuntimeError(f"sluice-blast gave {blast.returncode}: {err}")
        return json.loads(out[out.index("{"):])


def stream_of(report: dict, name: str) -> dict:
    return next(stream for stream in report["streams"] if stream["name"] == name)
