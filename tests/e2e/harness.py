# SPDX-License-Identifier: Apache-2.0
"""A lab as the tests see it: questions, counters, figures, logs."""
import json
import os
import pathlib
import subprocess
import time
from typing import Any

import dns.message
import dns.query
import names
import netns

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAB = str(ROOT / "scripts/lab")
PMD = os.environ.get("SLUICE_E2E_PMD", "af_xdp")
TYPE = os.environ.get("SLUICE_E2E_TYPE", "release")


def run(*argv: str, check: bool = True, timeout: float = 180) -> subprocess.CompletedProcess:
    done = subprocess.run(argv, text=True, capture_output=True, check=False, timeout=timeout)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(argv)} gave {done.returncode}: {done.stdout}{done.stderr}")
    return done


class Lab:
    def __init__(self, name: str, *options: str):
        self.name = name
        self.client = f"{name}-client"
        self.options = [*(["--pmd", PMD] if "--pmd" not in options else []), "--type", TYPE, "--no-build", *options]

    def up(self) -> "Lab":
        words, rest = self.options, []
        if "--" in words:
            words, rest = words[:words.index("--")], words[words.index("--"):]
        run(LAB, "up", "--name", self.name, *words, *rest)
        return self

    def down(self) -> None:
        run(LAB, "down", "--name", self.name)

    def verb(self, verb: str, *words: str, check: bool = True) -> subprocess.CompletedProcess:
        return run(LAB, verb, "--name", self.name, *words, check=check)

    def exec(self, where: str, *argv: str, check: bool = True, timeout: float = 180) -> str:
        return run(LAB, "exec", "--name", self.name, where, "--", *argv, check=check, timeout=timeout).stdout

    def argv(self, where: str, *argv: str) -> list[str]:
        """The command that runs a command in the lab."""
        return [LAB, "exec", "--name", self.name, where, "--", *argv]

    def popen(self, where: str, *argv: str) -> subprocess.Popen:
        return subprocess.Popen(self.argv(where, *argv), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def counters(self) -> dict:
        return json.loads(self.verb("counters").stdout)

    def reset_counters(self) -> None:
        self.verb("counters", "--reset")

    def log(self) -> str:
        return self.verb("log").stdout

    def ctl(self, *words: str) -> str:
        return self.exec("appliance", "sluicectl", *words)

    def try_ctl(self, *words: str) -> subprocess.CompletedProcess:
        """For what may be refused."""
        return run(LAB, "exec", "--name", self.name, "appliance", "--", "sluicectl", *words, check=False)

    def stats(self) -> dict:
        return json.loads(self.ctl("stats", "--json"))

    def figure(self, path: str) -> int:
        value: Any = self.stats()
        for word in path.split("."):
            value = value.get(word, 0) if isinstance(value, dict) else 0
        return value

    def flush(self) -> None:
        self.ctl("cache", "flush")

    def ask(self, name: str, rdtype: str = "A", server: str = names.APPLIANCE4, timeout: float = 5.0, **options) -> dns.message.Message:
        """The reply to one datagram; no retry, no TCP."""
        return self.exchange(dns.message.make_query(name, rdtype, **options), server, timeout)

    def exchange(self, query: dns.message.Message, server: str = names.APPLIANCE4, timeout: float = 5.0) -> dns.message.Message:
        with netns.udp_socket(self.client, server) as sock:
            sock.send(query.to_wire())
            sock.settimeout(timeout)
            reply = dns.message.from_wire(sock.recv(65535))
        assert query.is_response(reply), f"{reply} is no response to {query}"
        return reply

    def upstream_log(self, word: str = "") -> list[dict]:
        """What the programmable resolver received for names with this word in them."""
        path = pathlib.Path(f"/run/sluice-lab/{self.name}/scripted.jsonl")
        lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [line for line in lines if word.lower() in line.get("qname", "").lower()]


def eventually(condition, timeout_sec: float = 5.0):
    end = time.monotonic() + timeout_sec
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.05)
