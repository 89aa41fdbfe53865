# SPDX-License-Identifier: Apache-2.0
"""Labs for the tests: one for each set of options, brought up once and shared by the tests of a module."""
import fcntl
import os
import pathlib
import signal
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness import Lab  # noqa: E402

if (os.cpu_count() or 1) > 1:
    os.sched_setaffinity(0, {1})    # CPU 0 is the appliance's
os.setpriority(os.PRIO_PROCESS, 0, -15)     # as all in the lab
signal.signal(signal.SIGINT, signal.default_int_handler)    # a shell's background jobs ignore it, and so would all that is started here


def pytest_sessionstart(session):
    """One session at a time on a machine: the labs have fixed names, and the figures want both CPUs."""
    if not session.config.option.collectonly:
        pathlib.Path("/run/sluice-lab").mkdir(exist_ok=True)
        session.config.stash[_LOCK] = open("/run/sluice-lab/e2e-session.lock", "w", encoding="utf-8")
        fcntl.flock(session.config.stash[_LOCK], fcntl.LOCK_EX)


_LOCK = pytest.StashKey()


def pytest_collection_modifyitems(items):
    """Shows a test's name as the sentence it is."""
    for item in items:
        item.user_properties.append(("sentence", item.name.replace("_", " ")))


def _lab(name: str, *options: str):
    lab = Lab(name, *options)
    try:
        yield lab.up()
    finally:
        lab.down()


@pytest.fixture(scope="module")
def lab():
    """nsd as the resolver, the policer on."""
    yield from _lab("e2e")


@pytest.fixture(scope="module")
def scripted_lab():
    """The programmable resolver as the only one."""
    yield from _lab("e2e-scripted", "--upstream", "scripted")


@pytest.fixture
def fresh_lab(request):
    """A lab of one test's own; options come by @pytest.mark.parametrize(..., indirect=True) or are none."""
    yield from _lab("e2e-fresh", *getattr(request, "param", []))
