# SPDX-License-Identifier: Apache-2.0
"""scripts/run takes an interface from the kernel, serves on it, and gives it back."""
import signal

import names
import pytest
from harness import ROOT, Lab, eventually

INTERFACE = "sluice0"


@pytest.fixture
def machine():
    """A machine with an interface of its own, as a user has it."""
    lab = Lab("e2e-run", "--without-appliance", "--kernel-port")
    try:
        lab.up()
        lab.exec("appliance", "ip", "route", "add", "198.51.100.0/24", "via", "10.77.0.100")
        yield lab
    finally:
        lab.down()


def _network(lab) -> str:
    addresses = [line for line in lab.exec("appliance", "ip", "-o", "address", "show", "dev", INTERFACE, "scope", "global").splitlines()]
    return "\n".join(sorted(" ".join(line.split()[2:4]) for line in addresses)) + lab.exec("appliance", "ip", "route", "show")


@pytest.mark.parametrize("profile", ["af_xdp", "af_packet", "tap"])
def test_it_serves_and_gives_the_interface_back(machine, profile):
    before = _network(machine)
    served = machine.popen("appliance", "taskset", "-c", "0-1", str(ROOT / "scripts/run"), "--interface", INTERFACE,
                           "--upstream", names.RESOLVER4, "--no-build", "--profile", profile)
    try:
        assert "serving" in served.stdout.readline()
        assert machine.ask("www.mix.example").answer
        assert machine.ask("www.mix.example", server=names.APPLIANCE6).answer
        assert " 0% packet loss" in machine.exec("client", "ping", "-c", "3", "-i", "0.05", "-W", "1", names.APPLIANCE4)
        assert "198.51.100.0/24" in machine.exec("appliance", "ip", "route", "show", "dev", "sluice-tap")
    finally:
        served.send_signal(signal.SIGINT)
        served.communicate(timeout=15)
    assert eventually(lambda: _network(machine) == before)


def test_without_being_asked_it_does_not_take_the_interface_of_the_default_route(machine):
    machine.exec("appliance", "ip", "route", "add", "default", "via", "10.77.0.100")
    done = machine.verb("exec", "appliance", "--", str(ROOT / "scripts/run"), "--interface", INTERFACE, "--no-build", check=False)
    assert done.returncode == 1 and "--take-over" in done.stderr
