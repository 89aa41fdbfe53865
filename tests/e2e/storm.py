# SPDX-License-Identifier: Apache-2.0
"""Reloads while clients ask: two files in turn, a steady load, and somebody who looks at the answers."""
import json
import pathlib
import re
import socket
import threading
import time

import dns.exception
import dns.message
import dns.rdatatype
import names
import netns

NAMES = 500
LOOKED_AT = [("looked-at.bench.example", "A"), ("looked-at.bench.example", "AAAA"), ("looked-at.bench.example", "TXT"),
             ("three.cname.example", "A"), ("www.mix.example", "A"), ("no-such-name.nx.example", "A")]


def config_path(lab) -> pathlib.Path:
    return pathlib.Path(f"/run/sluice-lab/{lab.name}/sluice.yaml")


def write(path: pathlib.Path, text: str) -> None:
    """Whole or not at all: a reload must not read half a file."""
    draft = path.with_suffix(".new")
    draft.write_text(text)
    draft.rename(path)


def reload(lab) -> dict:
    """As sluicectl does it, without a process for each."""
    with socket.socket(socket.AF_UNIX) as control:
        control.settimeout(10.0)
        control.connect(f"/run/sluice-lab/{lab.name}/control.sock")
        control.sendall(b'{"verb":"reload"}\n')
        return json.loads(control.makefile().readline())


def two_files(good: str) -> list[str]:
    """The lab's own, and one that differs in every kind of live key without changing an answer."""
    other = good.replace("budget: {limit: 1024, reserve: 0}", "budget: {limit: 1000, reserve: 8}")
    other = other.replace("size: 256MiB", "size: 256MiB\n  max_ttl: 2h\n  stale: {keep: 1h}\n  prefetch: 0%")
    other = other.replace("clients:\n", "clients:\n  timeout: 3s\n")
    other = other.replace('  - {zone: ".", uplink: vpc}', '  - {zone: ".", uplink: vpc}\n  - {zone: corp.example, uplink: vpc}')
    assert other.count("\n") >= good.count("\n") + 4, other
    return [good, other]


def _seen(reply: dns.message.Message) -> tuple:
    """What must not differ: the code and the records, whatever their TTLs and order."""
    return reply.rcode(), sorted(f"{rrset.name} {dns.rdatatype.to_text(rrset.rdtype)} {rdata}" for rrset in reply.answer for rdata in rrset)


class Looker(threading.Thread):
    """Asks the same questions again and again; every answer must be the first one."""

    def __init__(self, lab):
        super().__init__(daemon=True)
        self.right = {question: _seen(lab.ask(*question)) for question in LOOKED_AT}
        self.done, self.asked, self.lost, self.wrong = threading.Event(), 0, 0, []
        self._sock = netns.udp_socket(lab.client, names.APPLIANCE4)
        self._sock.settimeout(2.0)

    def run(self) -> None:
        with self._sock:
            while not self.done.wait(0.002):
                question = LOOKED_AT[self.asked % len(LOOKED_AT)]
                self.asked += 1
                query = dns.message.make_query(*question)
                self._sock.send(query.to_wire())
                try:
                    reply = dns.message.from_wire(self._sock.recv(65535))
                    while reply.id != query.id:
                        reply = dns.message.from_wire(self._sock.recv(65535))
                except (TimeoutError, dns.exception.DNSException) as error:
                    self.lost += 1
                    self.wrong.append((question, repr(error)))
                    continue
                if not query.is_response(reply) or _seen(reply) != self.right[question]:
                    self.wrong.append((question, _seen(reply)))


def storm(lab, work: pathlib.Path, seconds: float, rate: int, reloads_per_sec: float = 10.0) -> dict:
    path = config_path(lab)
    files = two_files(path.read_text())
    questions = work / "names"
    questions.write_text("".join(f"storm{i}.bench.example A\n" for i in range(NAMES)))
    load = ["dnsperf", "-s", names.APPLIANCE4, "-d", str(questions), "-c", "20", "-T", "1", "-q", "20000", "-t", "2"]
    lab.exec("client", *load, "-n", "1", "-Q", "500")      # the load is to be answered from the cache
    looker = Looker(lab)
    before = lab.stats()["config"]
    looker.start()
    run = lab.popen("client", *load, "-l", str(seconds), "-Q", str(rate))
    begin, reloads, refused = time.monotonic(), 0, []
    try:
        while run.poll() is None:
            reloads += 1
            write(path, files[reloads % 2])
            done = reload(lab)
            if not done["ok"]:
                refused.append(done["error"])
            wait = begin + reloads / reloads_per_sec - time.monotonic()
            if wait > 0:
                time.sleep(wait)
        elapsed = time.monotonic() - begin
    finally:
        out = run.communicate(timeout=60)[0]
        looker.done.set()
        looker.join()
        write(path, files[0])
        reload(lab)
    after = lab.stats()
    figure = {word: int(re.search(rf"{text}:\s+(\d+)", out).group(1)) for word, text in
              (("sent", "Queries sent"), ("completed", "Queries completed"), ("lost", "Queries lost"))}
    codes = re.search(r"Response codes:\s+(.*)", out).group(1)
    return {**figure, "codes": codes, "noerror": codes.startswith("NOERROR") and "," not in codes,
            "reloads": reloads, "per_sec": round(reloads / elapsed, 1), "applied": after["config"]["reload_ok"] - before["reload_ok"] - 1, "refused": refused,
            "looked": looker.asked, "wrong": looker.wrong, "conserved": all(law["holds"] for law in after["conservation"].values())}


def bounds(result: dict) -> dict[str, bool]:
    return {
        "no query lost": result["lost"] == 0 and result["sent"] == result["completed"],
        "NOERROR only": result["noerror"],
        "every answer that was looked at is right": not result["wrong"] and result["looked"] > 0,
        "every reload was applied": not result["refused"] and result["applied"] == result["reloads"],
        "every query and packet accounted for": result["conserved"],
    }
