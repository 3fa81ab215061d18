"""Hosts that are network namespaces: each with an address of its own on one switch, which is a namespace too.

Nothing of it is seen from outside: names are unique to a run, and the addresses exist only inside. What
nftables drops in a namespace is lost as on a bad line: nobody is told.
"""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from tests.patience import patient

COMMAND_TIMEOUT_S: Final = patient(20)
NETWORK: Final = "10.77.0"
"""First three bytes of every address; hosts count from 1."""


class CommandFailed(Exception):
    """A command of the system failed; the text says which, and what it printed."""


def system(*words: str, given: str | None = None) -> str:
    """Run a command of the system; what it printed. Raises ``CommandFailed``."""
    done = subprocess.run(
        words, input=given, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S, check=False
    )
    if done.returncode:
        raise CommandFailed(f"{' '.join(words)}: exit {done.returncode}: {done.stderr.strip()}")
    return done.stdout


@dataclass(frozen=True, slots=True, kw_only=True)
class Fabric:
    """The namespaces of one run. ``run``: what their names begin with; ``names``: hosts, in order of their
    addresses.
    """

    run: str
    names: tuple[str, ...]

    def namespace(self, name: str) -> str:
        """Namespace of a host."""
        return f"{self.run}-{self.names.index(name) + 1}"

    def address(self, name: str) -> str:
        """IPv4 address of a host."""
        return f"{NETWORK}.{self.names.index(name) + 1}"

    def inside(self, name: str) -> tuple[str, ...]:
        """What makes a command run on a host."""
        return ("ip", "netns", "exec", self.namespace(name))

    def cut(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Lose every packet from the first to the second host of each pair, and only these from now on."""
        wanted = set(pairs)
        for receiver in self.names:
            senders = [self.address(sender) for sender, to in sorted(wanted) if to == receiver]
            self._drop(receiver, [f"ip saddr {{ {', '.join(senders)} }} drop"] if senders else [])

    def part(self, groups: Sequence[Sequence[str]]) -> None:
        """Hosts of different groups reach each other no more; every host is in one group."""
        group_of = {name: index for index, group in enumerate(groups) for name in group}
        self.cut((a, b) for a in self.names for b in self.names if group_of[a] != group_of[b])

    def lose(self, percent: int) -> None:
        """Lose so many of a hundred packets at random, everywhere."""
        for name in self.names:
            self._drop(name, [f'iifname "eth0" numgen random mod 100 < {percent} drop'])

    def heal(self) -> None:
        """Lose nothing more."""
        self.cut(())

    def _drop(self, name: str, rules: Sequence[str]) -> None:
        """The rules of a host's table, in one step."""
        body = "".join(f"    {rule}\n" for rule in rules)
        chain = f"  chain input {{\n    type filter hook input priority 0; policy accept;\n{body}  }}\n"
        text = f"table inet torture {{}}\ndelete table inet torture\ntable inet torture {{\n{chain}}}\n"
        system(*self.inside(name), "nft", "-f", "-", given=text)


@contextmanager
def fabric(names: Sequence[str]) -> Iterator[Fabric]:
    """Make the hosts; all of it is gone afterwards, with every process in it."""
    run = f"p2pt-{secrets.token_hex(3)}"
    made = Fabric(run=run, names=tuple(names))
    switch = f"{run}-sw"
    namespaces = [switch, *(made.namespace(name) for name in names)]
    try:
        for namespace in namespaces:
            system("ip", "netns", "add", namespace)
            system("ip", "-n", namespace, "link", "set", "lo", "up")
        system("ip", "-n", switch, "link", "add", "br0", "type", "bridge")
        system("ip", "-n", switch, "link", "set", "br0", "up")
        for name in names:
            _plug(switch, made.namespace(name), made.address(name))
        yield made
    finally:
        for namespace in reversed(namespaces):
            _remove(namespace)


def _plug(switch: str, host: str, address: str) -> None:
    port = f"to-{host.rpartition('-')[2]}"
    system("ip", "-n", host, "link", "add", "eth0", "type", "veth", "peer", "name", port, "netns", switch)
    system("ip", "-n", switch, "link", "set", port, "master", "br0", "up")
    system("ip", "-n", host, "addr", "add", f"{address}/24", "dev", "eth0")
    system("ip", "-n", host, "link", "set", "eth0", "up")


def _remove(namespace: str) -> None:
    if namespace not in {line.split()[0] for line in system("ip", "netns", "list").splitlines() if line}:
        return
    for pid in system("ip", "netns", "pids", namespace).split():
        subprocess.run(["kill", "-9", pid], capture_output=True, check=False)
    system("ip", "netns", "del", namespace)
