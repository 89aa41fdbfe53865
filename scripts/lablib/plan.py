# SPDX-License-Identifier: Apache-2.0
"""Names, addresses and paths of a lab: everything that follows from its name alone."""
import os
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
RUN = pathlib.Path("/run/sluice-lab")

PREFIX4, PREFIX6 = 24, 64
NET4, NET6 = "10.77.0.0/24", "fd77::/64"
APPLIANCE = ("10.77.0.53", "fd77::53")
RESOLVER = ("10.77.0.2", "fd77::2")
SCRIPTED = ("10.77.0.3", "fd77::3")
CLIENTS = [(f"10.77.0.{n}", f"fd77::{n}") for n in range(100, 150)]

APPLIANCE_MAC = "02:77:00:00:00:53"
RESOLVER_MAC = "02:77:00:00:00:02"
CLIENT_MAC = "02:77:00:00:01:00"

PORT = "sluice0"          # the appliance's only port, in its namespace
HOST_LINK = "eth0"        # the interface of the client and the resolver namespace

APPLIANCE_CPU, OTHER_CPU = 0, 1


class LabError(Exception):
    """A sentence for a person: what is wrong and what to do."""


class Plan:
    """What a lab's things are called."""

    def __init__(self, name: str):
        # 32 characters leave room for the suffixes and for the path of a UNIX socket.
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", name):
            raise LabError(f"'{name}' is no lab name; use up to 32 lower-case letters, digits and dashes")
        self.name = name
        self.dir = RUN / name
        self.state_file = self.dir / "state.json"
        self.lock_file = RUN / f"{name}.lock"
        self.failed_log = RUN / f"{name}.failed.log"
        self.control_socket = self.dir / "control.sock"
        self.appliance_log = self.dir / "appliance.log"
        self.scripted_log = self.dir / "scripted.jsonl"

    @property
    def switch(self) -> str:
        return f"{self.name}-switch"

    @property
    def client(self) -> str:
        return f"{self.name}-client"

    @property
    def resolver(self) -> str:
        return f"{self.name}-resolver"

    @property
    def appliance(self) -> str:
        return f"{self.name}-appliance"

    def namespaces(self) -> list[str]:
        return [self.client, self.resolver, self.appliance, self.switch]


def cpu_for(cpu: int) -> int | None:
    """The CPU to pin to, or None where there is nothing to choose from."""
    return cpu if (os.cpu_count() or 1) > OTHER_CPU else None


def build_dir(build_type: str) -> pathlib.Path:
    return ROOT / ("build" if build_type == "release" else f"build-{build_type}")


def binary_dirs(build_type: str) -> list[pathlib.Path]:
    return sorted(p for p in (build_dir(build_type) / "app").glob("*") if p.is_dir() and not p.name.endswith(".p"))
