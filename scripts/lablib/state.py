# SPDX-License-Identifier: Apache-2.0
"""What a lab must remember between commands, and the lock that keeps two commands from working on one lab."""
import contextlib
import fcntl
import json

from lablib.plan import RUN, LabError, Plan


def load(plan: Plan) -> dict | None:
    try:
        return json.loads(plan.state_file.read_text())
    except FileNotFoundError:
        return None
    except json.JSONDecodeError:
        return {}       # written half when the machine went down: there is a lab, and nothing is known about it


def require(plan: Plan) -> dict:
    state = load(plan)
    if not state:
        raise LabError(f"there is no lab '{plan.name}'; start it with 'scripts/lab up --name {plan.name}'")
    return state


def save(plan: Plan, state: dict) -> None:
    plan.dir.mkdir(parents=True, exist_ok=True)
    draft = plan.state_file.with_suffix(".new")
    draft.write_text(json.dumps(state, indent=1) + "\n")
    draft.rename(plan.state_file)


@contextlib.contextmanager
def locked(plan: Plan):
    RUN.mkdir(parents=True, exist_ok=True)
    with open(plan.lock_file, "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
