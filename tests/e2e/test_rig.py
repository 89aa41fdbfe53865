# SPDX-License-Identifier: Apache-2.0
"""sluice-rig from a capture to a page, as somebody does who has never seen it; and its exit statuses."""
import json
import pathlib
import socket
import struct
import subprocess
import time

import dns.message
import dns.rrset
from harness import TYPE

ROOT = pathlib.Path(__file__).resolve().parents[2]
RIG = ROOT / ("build" if TYPE == "release" else f"build-{TYPE}") / "app/sluice-rig/sluice-rig"
CLIENT, SERVER = "192.0.2.10", "192.0.2.53"


def _packet(payload: bytes, source: tuple[str, int], target: tuple[str, int]) -> bytes:
    """Ethernet, IPv4 and UDP around a message, without a UDP checksum."""
    udp = struct.pack("!HHHH", source[1], target[1], 8 + len(payload), 0) + payload
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, socket.inet_aton(source[0]), socket.inet_aton(target[0]))
    total = sum(struct.unpack("!10H", ip))
    total = (total & 0xFFFF) + (total >> 16)
    ip = ip[:10] + struct.pack("!H", 0xFFFF ^ (total + (total >> 16)) & 0xFFFF) + ip[12:]
    return bytes(12) + b"\x08\x00" + ip + udp


def _capture(path: pathlib.Path, questions: int) -> None:
    """Questions for 50 names, ten a second, each with its answer a millisecond later."""
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1))

        def put(at_us: int, packet: bytes) -> None:
            out.write(struct.pack("<IIII", 1_700_000_000 + at_us // 1_000_000, at_us % 1_000_000, len(packet), len(packet)) + packet)

        for number in range(questions):
            query = dns.message.make_query(f"n{number * number % 50}.example.", "A", id=number)
            reply = dns.message.make_response(query)
            reply.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "A", "192.0.2.1"))
            port = 10_000 + number % 1_000
            put(number * 100_000, _packet(query.to_wire(), (CLIENT, port), (SERVER, 53)))
            put(number * 100_000 + 1_000, _packet(reply.to_wire(), (SERVER, 53), (CLIENT, port)))


def _rig(*words, check: bool = True) -> subprocess.CompletedProcess:
    done = subprocess.run([str(RIG), *map(str, words)], capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, done.stderr
    return done


def test_one_command_makes_a_page_from_a_capture(tmp_path):
    _capture(tmp_path / "office.pcap", 2_000)
    done = _rig("simulate", tmp_path / "office.pcap", "--size", "1MiB,16MiB", "--policy", "s3fifo,lru,belady", "--budget", "1024",
                "--json", tmp_path / "office.json", "--html", tmp_path / "office.html", "--csv", tmp_path / "office.csv")
    assert "s3fifo 16 MiB" in done.stdout
    results = json.loads((tmp_path / "office.json").read_text())
    assert results["trace"]["queries"] == 2_000
    assert len(results["results"]) == 6
    for row in results["results"]:
        assert row["queries"] == row["hits"] + row["stale_hits"] + row["waited"] + row["repeats"]
        assert 0.9 < row["hit_ratio"] < 1
    page = (tmp_path / "office.html").read_text()
    assert page.startswith("<!doctype html>") and page.rstrip().endswith("</html>")
    assert "http-equiv" not in page and "src=" not in page and "<script" not in page    # nothing to fetch
    assert page.count("<svg") >= 5
    assert len((tmp_path / "office.csv").read_text().splitlines()) == 7


def test_a_run_that_was_interrupted_goes_on_where_it_was(tmp_path):
    _rig("generate", "--preset", "office-vpc", "--queries", "20000", "--seed", "3", "-o", tmp_path / "t.strc", "--quiet")
    first = ["simulate", tmp_path / "t.strc", "--size", "1MiB", "--json", tmp_path / "r.json", "--quiet"]
    _rig(*first)
    _rig("simulate", tmp_path / "t.strc", "--size", "1MiB,2MiB", "--json", tmp_path / "r.json", "--quiet", "--resume")
    resumed = json.loads((tmp_path / "r.json").read_text())["results"]
    assert [row["configuration"]["size_bytes"] for row in resumed] == [1 << 20, 2 << 20]
    _rig("simulate", tmp_path / "t.strc", "--size", "1MiB,2MiB", "--json", tmp_path / "whole.json", "--quiet")
    whole = json.loads((tmp_path / "whole.json").read_text())["results"]
    assert [row["hits"] for row in resumed] == [row["hits"] for row in whole]
    assert [row["packets"] for row in resumed] == [row["packets"] for row in whole]

    for option in ("--latency", "9"), ("--to", "5"), ("--from", "1"):
        other = _rig("simulate", tmp_path / "t.strc", *option, "--json", tmp_path / "r.json", "--resume", check=False)
        assert other.returncode == 1
        assert "--resume" in other.stderr


def test_a_run_that_was_killed_has_whole_results_and_goes_on(tmp_path):
    _rig("generate", "--preset", "kubernetes", "--queries", "200000", "--seed", "3", "-o", tmp_path / "t.strc", "--quiet")
    results = tmp_path / "r.json"
    words = ["simulate", tmp_path / "t.strc", "--size", "1MiB,2MiB,4MiB,8MiB,16MiB,32MiB", "--policy", "lru,sieve,belady", "--json",
             results, "--quiet"]
    running = subprocess.Popen([str(RIG), *map(str, words)])
    deadline = time.monotonic() + 60
    while not results.exists() and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    running.kill()
    running.wait()
    before = json.loads(results.read_text())
    assert before["trace"]["queries"] == 200_000
    assert 0 < len(before["results"]) <= 18
    _rig(*words, "--resume")
    after = json.loads(results.read_text())["results"]
    assert len(after) == 18
    assert after[:len(before["results"])] == before["results"]      # not simulated again


def test_the_planner_gives_advice_with_reasons(tmp_path):
    _rig("generate", "--preset", "office-vpc", "--queries", "20000", "--seed", "3", "-o", tmp_path / "t.strc", "--quiet")
    advice = json.loads(_rig("plan", tmp_path / "t.strc", "--json").stdout)
    assert advice["memory_bytes"] >= 16 << 20
    assert advice["appliances"] == advice["interfaces"] == advice["in_service"] + 1
    assert advice["reasons"] and advice["variations"]
    assert "why" in _rig("plan", tmp_path / "t.strc", "--quiet").stdout


def test_wrong_words_are_named_with_what_is_allowed(tmp_path):
    _capture(tmp_path / "a.pcap", 10)
    for words, said in ((["--size", "16MB"], "16MiB"), (["--policy", "mru"], "sieve"), (["--coalescing", "maybe"], "on nor off"),
                        (["--appliances", "0"], "from 1 to 64")):
        done = _rig("simulate", tmp_path / "a.pcap", *words, check=False)
        assert done.returncode == 1
        assert said in done.stderr
    missing = _rig("simulate", tmp_path / "none.pcap", check=False)
    assert missing.returncode in (1, 2)
    assert "none.pcap" in missing.stderr
    assert _rig("simulate", check=False).returncode == 1
