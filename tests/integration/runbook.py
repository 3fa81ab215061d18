"""The command blocks of a page of the docs, typed at hosts that are directories of this machine.

A block that begins with ```` ```console ```` is a dialogue: lines with a prompt ``HOST$`` are typed, the
lines behind one are what it answers, where ``...`` stands for anything, and for any number of lines where it
stands alone. ``each$`` is every founder. Names of hosts in addresses become ports of this machine; ``scp``
copies between the directories of the hosts, and ``systemctl`` starts and stops the daemon of the host.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.patience import patient

FOUNDERS: Final = ("bank-a", "bank-b", "buyer", "supplier")
EACH: Final = "each"
PROMPT: Final = re.compile(r"([a-z0-9-]+)\$ (.*)")
ADDRESS: Final = "/dns4/node.$ORG.example/tcp/26656"
ADDRESS_OF: Final = re.compile(r"/dns4/node\.([a-z0-9-]+)\.example/tcp/26656")
COMMAND_S: Final = patient(180)
SCP: Final = """#!/bin/bash
# scp [-q] [-p] FILE... HOST:[PATH], between directories
while [[ $1 == -* ]]; do shift; done
target=$HOSTS/${@: -1}
for file in "${@:1:$#-1}"; do
    [[ $file == *:* ]] && file=$HOSTS/${file/:/\\/}
    to=${target/:/\\/}
    [[ $file -ef $to || $file -ef $to/$(basename "$file") ]] || cp -r -p "$file" "$to"
done
"""
SYSTEMCTL: Final = """#!/bin/bash
# systemctl start|stop|restart|reload p2pchain@NODE, for the one node of this host
stop() {
    [[ -f pid ]] || return 0
    kill "$(cat pid)" 2>/dev/null
    tail --pid="$(cat pid)" -f /dev/null
    rm pid
}
case $1 in
    stop) stop ;;
    reload)
        before=$(grep -c "node[.]reload" daemon.log)
        kill -HUP "$(cat pid)"
        until [[ $(grep -c "node[.]reload" daemon.log) -gt $before ]]; do sleep 0.1; done ;;
    start | restart)
        stop
        setsid "$PYTHON" -P -m p2pchain.cli run >>daemon.log 2>&1 </dev/null &
        echo $! >pid ;;
esac
"""
P2PCHAIN: Final = '#!/bin/bash\nexec "$PYTHON" -P -m p2pchain.cli "$@"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """One command of the page. ``line``: where it stands; ``answer``: the lines that the page shows."""

    line: int
    host: str
    command: str
    answer: tuple[str, ...]


def runbooks(page: str) -> dict[str, list[Typed]]:
    """The dialogues of a page by the heading that they stand under, in the page's order."""
    books: dict[str, list[Typed]] = {}
    heading, inside = "", False
    lines: list[str] = []
    for number, line in enumerate(page.splitlines(), start=1):
        if line.startswith("```"):
            if inside:
                books.setdefault(heading, []).extend(_dialogue(number - len(lines), lines))
            inside, lines = line == "```console", []
        elif inside:
            lines.append(line)
        elif line.startswith("#"):
            heading = line.lstrip("# ")
    return books


def _dialogue(first: int, lines: list[str]) -> Iterator[Typed]:
    starts = [place for place, line in enumerate(lines) if PROMPT.fullmatch(line)]
    assert starts[:1] == [0], f"line {first}: a dialogue begins with a prompt"
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        matched = PROMPT.fullmatch(lines[start])
        assert matched is not None
        yield Typed(
            line=first + start, host=matched[1], command=matched[2], answer=tuple(lines[start + 1 : end])
        )


def agrees(answer: tuple[str, ...], output: str) -> bool:
    """Whether what a command wrote is what the page shows."""
    pattern = ""
    for line in answer:
        if line == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*".join(re.escape(part) for part in line.split("...")) + r" *\n"
    return re.fullmatch(pattern, output) is not None


class Hosts:
    """Directories that are hosts, each with a home, a port and at most one daemon."""

    def __init__(self, root: Path, ports: dict[str, int]) -> None:
        """``ports``: of each host that a page names."""
        self.root = root
        self._ports = ports
        self._tools = root / "bin"
        self._tools.mkdir(parents=True)
        for name, text in (("scp", SCP), ("systemctl", SYSTEMCTL), ("p2pchain", P2PCHAIN)):
            (self._tools / name).write_text(text)
            (self._tools / name).chmod(0o755)
        for host in ports:
            (root / host).mkdir()

    def home(self, host: str) -> Path:
        """The home of the node there."""
        return self.root / host / "home"

    def type(self, typed: Typed) -> None:
        """Type one command, at each founder where the page says so. Fails where the answer is another."""
        for host in FOUNDERS if typed.host == EACH else (typed.host,):
            output = self.run(host, typed.command)
            said = f"line {typed.line}: {host}$ {typed.command}\n{output}"
            assert agrees(typed.answer, output), f"{said}the page shows:\n" + "\n".join(typed.answer)

    def run(self, host: str, command: str) -> str:
        """What a command at a host writes, to its end. Fails where it fails."""
        text = command.replace(ADDRESS, "$ADDRESS")
        text = ADDRESS_OF.sub(lambda matched: self._address(matched[1]), text)
        with (self.root / "typed.out").open("w+") as output:
            done = subprocess.run(
                ["/bin/bash", "-c", text],
                cwd=self.root / host,
                env=self._environment(host),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=COMMAND_S,
                check=False,
            )
            output.seek(0)
            written = output.read()
        log = self.root / host / "daemon.log"
        tail = log.read_text()[-2000:] if done.returncode and log.exists() else ""
        assert done.returncode == 0, f"{host}$ {command}\nexit {done.returncode}\n{written}{tail}"
        return written

    def stop(self) -> None:
        """Kill every daemon that is left."""
        for file in self.root.glob("*/pid"):
            try:
                os.kill(int(file.read_text()), signal.SIGKILL)
            except ProcessLookupError:
                continue

    def _address(self, host: str) -> str:
        return f"/ip4/127.0.0.1/tcp/{self._ports[host]}"

    def _environment(self, host: str) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("P2PCHAIN_")},
            "PATH": f"{self._tools}:{os.environ['PATH']}",
            "PYTHON": sys.executable,
            "HOSTS": str(self.root),
            "ORG": host,
            "ADDRESS": self._address(host),
            "P2PCHAIN_HOME": str(self.home(host)),
            "COLUMNS": "200",
        }
