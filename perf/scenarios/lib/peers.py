# SPDX-License-Identifier: Apache-2.0
"""The other caches: their packages, their configurations in perf/scenarios/peers, and how they start in the foreground."""
import pathlib
import shutil
import subprocess

CONFIGS = pathlib.Path(__file__).resolve().parents[1] / "peers"

# Command with the place of its configuration, the configuration's file, Debian's package.
KNOWN = {
    "unbound": (["/usr/sbin/unbound", "-d", "-c", "{config}"], "unbound.conf", "unbound"),
    "bind9": (["/usr/sbin/named", "-g", "-n", "1", "-c", "{config}"], "named.conf", "bind9"),
    "dnsdist": (["/usr/bin/dnsdist", "--supervised", "--disable-syslog", "-C", "{config}"], "dnsdist.conf", "dnsdist"),
    "dnsmasq": (["/usr/sbin/dnsmasq", "--keep-in-foreground", "--conf-file={config}"], "dnsmasq.conf", "dnsmasq-base"),
    "pdns-recursor": (["/usr/sbin/pdns_recursor", "--config-dir={work}"], "recursor.conf", "pdns-recursor"),
    "knot-resolver": (["/usr/sbin/kresd", "-n", "-c", "{config}", "{work}"], "kresd.conf", "knot-resolver"),
}


def command(server: str, work: pathlib.Path, upstream: str) -> list[str]:
    """Puts the configuration into `work`; gives the command."""
    argv, file, package = KNOWN[server]
    if shutil.which(argv[0]) is None:
        raise RuntimeError(f"{argv[0]} is not installed; 'scripts/deps bench' installs {package}")
    work.chmod(0o755)
    config = work / file
    config.write_text((CONFIGS / file).read_text().replace("@UPSTREAM@", upstream).replace("@WORK@", str(work)))
    return [word.format(config=config, work=work) for word in argv]


def version(server: str) -> str:
    done = subprocess.run(["dpkg-query", "-W", "-f=${Version}", KNOWN[server][2]], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "missing"
