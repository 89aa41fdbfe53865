# SPDX-License-Identifier: Apache-2.0
"""Namespaces, veth pairs and the bridge. Nothing is created in the host's own network namespace.

    bridge (like one interface in a VPC)                    direct (benchmarks)

    NAME-client    NAME-resolver    NAME-appliance          NAME-client          NAME-appliance
       eth0            eth0            sluice0              eth0 ───────────────── sluice0
        │               │                 │                 (clients and resolver)
     ───┴───────────────┴─────────────────┴───  bridge br0 in NAME-switch
"""
import os
import signal

from lablib import plan as p
from lablib.plan import Plan
from lablib.proc import run

# Checksums must be right on the wire: AF_PACKET and AF_XDP hand frames over as they are.
OFFLOADS_OFF = ["tx", "off", "rx", "off", "sg", "off", "gro", "off", "gso", "off", "tso", "off"]


def existing(plan: Plan) -> list[str]:
    try:
        present = set(os.listdir("/run/netns"))
    except FileNotFoundError:
        return []
    return [ns for ns in plan.namespaces() if ns in present]


def remove(plan: Plan) -> None:
    """Whatever still runs in the lab's namespaces belongs to the lab and ends with it."""
    for namespace in existing(plan):
        for pid in run("ip", "netns", "pids", namespace, check=False).stdout.split():
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass
        run("ip", "netns", "delete", namespace, check=False)


def create(plan: Plan, topology: str, pmd: str, queues: int, with_wire: bool, kernel_port: bool) -> None:
    port = "wire0" if pmd == "tap" else p.PORT
    if topology == "direct":
        _namespace(plan.client)
        _namespace(plan.appliance)
        _veth(plan.appliance, port, plan.client, p.HOST_LINK, queues)
        _host(plan.client, p.CLIENT_MAC, [p.RESOLVER, p.SCRIPTED, *p.CLIENTS])
    else:
        for namespace in plan.namespaces():
            _namespace(namespace)
        _bridge(plan.switch)
        _veth(plan.client, p.HOST_LINK, plan.switch, "to-client", 1)
        _veth(plan.resolver, p.HOST_LINK, plan.switch, "far-end" if with_wire else "to-resolver", 1)
        _veth(plan.appliance, port, plan.switch, "to-appliance", queues)
        if with_wire:   # to-resolver ══ near-end …(delay_wire)… far-end ══ eth0 of the resolver
            _veth(plan.switch, "to-resolver", plan.switch, "near-end", 1)
            for end in ("near-end", "far-end"):
                _silence(plan.switch, end)
        for link in ("to-client", "to-resolver", "to-appliance"):
            run("ip", "-n", plan.switch, "link", "set", link, "master", "br0")
        _host(plan.client, p.CLIENT_MAC, p.CLIENTS)
        _host(plan.resolver, p.RESOLVER_MAC, [p.RESOLVER, p.SCRIPTED])
    if kernel_port:
        _host(plan.appliance, p.APPLIANCE_MAC, [p.APPLIANCE], p.PORT)
    elif pmd == "tap":
        _tap_port(plan.appliance, port)
    else:
        _appliance_port(plan.appliance)


def _namespace(name: str) -> None:
    run("ip", "netns", "add", name)
    run("ip", "-n", name, "link", "set", "lo", "up")
    # Addresses are usable at once, and no host sends router solicitations, which the counters would count.
    _sysctl(name, "net.ipv6.conf.all.accept_ra=0", "net.ipv6.conf.default.accept_ra=0",
            "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.default.router_solicitations=0")


def _bridge(namespace: str) -> None:
    run("ip", "-n", namespace, "link", "add", "br0", "type", "bridge",
        "stp_state", "0", "forward_delay", "0", "mcast_snooping", "0")
    _sysctl(namespace, "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
    # A switch forwards broken packets, too: netfilter would judge them (where it can at all).
    _sysctl(namespace, *(f"net.bridge.bridge-nf-call-{what}=0" for what in ("iptables", "ip6tables", "arptables")), check=False)
    run("ip", "-n", namespace, "link", "set", "br0", "up")


def _veth(ns_a: str, name_a: str, ns_b: str, name_b: str, queues: int) -> None:
    count = ["numtxqueues", str(queues), "numrxqueues", str(queues)]
    run("ip", "-n", ns_a, "link", "add", name_a, *count, "type", "veth", "peer", "name", name_b, *count, "netns", ns_b)
    for namespace, name in ((ns_a, name_a), (ns_b, name_b)):
        run("ip", "netns", "exec", namespace, "ethtool", "-K", name, *OFFLOADS_OFF)
        run("ip", "-n", namespace, "link", "set", name, "txqueuelen", "10000", "up")


def _host(namespace: str, mac: str, addresses: list[tuple[str, str]], link: str = p.HOST_LINK) -> None:
    run("ip", "-n", namespace, "link", "set", link, "address", mac)
    # The kernel speaks from the first IPv4 and from the last IPv6 address added: make that the same host.
    lines = [f"address add {v4}/{p.PREFIX4} dev {link}" for v4, _ in addresses]
    lines += [f"address add {v6}/{p.PREFIX6} dev {link} nodad" for _, v6 in reversed(addresses)]
    run("ip", "-n", namespace, "-batch", "-", stdin="\n".join(lines) + "\n")
    # Thousands of sockets send and receive at once in here.
    _sysctl(namespace, "net.ipv4.ip_local_port_range=1024 65535", check=False)


def _appliance_port(namespace: str) -> None:
    run("ip", "-n", namespace, "link", "set", p.PORT, "address", p.APPLIANCE_MAC)
    _sysctl(namespace, f"net.ipv6.conf.{p.PORT}.disable_ipv6=1")
    _silence(namespace, p.PORT)


def _tap_port(namespace: str, wire: str) -> None:
    """A TAP that outlives the daemon, spliced to the wire. (A bridge would keep what is for the TAP's own address.)"""
    run("ip", "-n", namespace, "tuntap", "add", "dev", p.PORT, "mode", "tap", "multi_queue")
    _sysctl(namespace, *(f"net.ipv6.conf.{link}.disable_ipv6=1" for link in (wire, p.PORT)))
    run("ip", "-n", namespace, "link", "set", wire, "promisc", "on", "arp", "off")
    run("ip", "-n", namespace, "link", "set", p.PORT, "address", p.APPLIANCE_MAC, "arp", "off", "up")
    run("ip", "netns", "exec", namespace, "nft", "-f", "-", stdin=splice_rules("splice", wire, p.PORT))


def splice_rules(table: str, one: str, other: str) -> str:
    """What arrives on one interface leaves by the other, and the kernel sees none of it."""
    return f"""
        table netdev {table} {{
          chain there {{ type filter hook ingress device "{one}" priority 0; policy drop; fwd to "{other}"; }}
          chain back {{ type filter hook ingress device "{other}" priority 0; policy drop; fwd to "{one}"; }}
        }}"""


def _silence(namespace: str, link: str) -> None:
    """The kernel must not answer what it sees on this link: packet sockets come before this hook, everything else after."""
    run("ip", "-n", namespace, "link", "set", link, "arp", "off")
    table = link.replace("-", "_")
    run("ip", "netns", "exec", namespace, "nft", "-f", "-", stdin=f"""
        table netdev quiet_{table} {{
          chain ingress {{ type filter hook ingress device "{link}" priority 0; policy drop; }}
        }}""")


def _sysctl(namespace: str, *settings: str, check: bool = True) -> None:
    run("ip", "netns", "exec", namespace, "sysctl", "-q", *(w for s in settings for w in ("-w", s)), check=check)
