# SPDX-License-Identifier: Apache-2.0
"""Commands and long-lived processes in namespaces. A process is known by its pid and its start time together."""
import os
import pathlib
import signal
import subprocess
import time

from lablib.plan import LabError, cpu_for


def run(*argv: str, check: bool = True, stdin: str | None = None) -> subprocess.CompletedProcess:
    done = subprocess.run(argv, input=stdin, text=True, capture_output=True, check=False)
    if check and done.returncode != 0:
        raise LabError(f"'{' '.join(argv)}' failed: {(done.stderr or done.stdout).strip()}")
    return done


def in_namespace(namespace: str, argv: list[str], cpu: int | None = None) -> list[str]:
    """What runs in a lab goes before the machine's other work, so that a build beside it does not change the figures."""
    pinned = cpu_for(cpu) if cpu is not None else None
    taskset = [] if pinned is None else ["taskset", "-c", str(pinned)]
    return ["nice", "-n", "-15", "ip", "netns", "exec", namespace, *taskset, *argv]


def start_time(pid: int) -> int | None:
    """In clock ticks since boot; None when there is no such process, or only its zombie."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def spawn(argv: list[str], log: pathlib.Path, env: dict[str, str] | None = None) -> dict:
    """Starts a process that outlives us; what is returned identifies it in the state file."""
    with open(log, "ab") as out:
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                 start_new_session=True, env={**os.environ, **(env or {})})
    return {"pid": child.pid, "start": start_time(child.pid)}


def is_alive(process: dict | None) -> bool:
    if not process or not process["start"]:
        return False
    try:
        os.waitpid(process["pid"], os.WNOHANG)   # ours: reap it, so that a zombie does not look alive
    except (ChildProcessError, OSError):
        pass
    return start_time(process["pid"]) == process["start"]


def wait_until(condition, timeout_sec: float, step_sec: float = 0.02) -> bool:
    end = time.monotonic() + timeout_sec
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(step_sec)
    return True


def end(process: dict | None, patience_sec: float = 5.0) -> bool:
    """SIGTERM, then SIGKILL when patience is over. False when it had to be killed."""
    if not is_alive(process):
        return True
    os.kill(process["pid"], signal.SIGTERM)
    if wait_until(lambda: not is_alive(process), patience_sec):
        return True
    kill(process)
    return False


def kill(process: dict | None) -> None:
    if is_alive(process):
        os.kill(process["pid"], signal.SIGKILL)
        wait_until(lambda: not is_alive(process), 2.0)


def tail(path: pathlib.Path, lines: int = 40) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return f"({path} does not exist)"
