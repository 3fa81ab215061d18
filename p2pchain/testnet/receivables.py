"""``scripts/demo-receivables``: the life of a receivable among four real nodes, told command by command.

Every line is a command of ``p2pchain`` as its organisation would type it, with what it printed. The demo ends
with an error where one does not come out as the story says.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import click

from p2pchain.model.errors import Fault
from p2pchain.testnet.faults import LaunchFailed
from p2pchain.testnet.launcher import READY_HEIGHT, Launcher

COMMAND_TIMEOUT_S: Final = 60
INVOICE: Final = Path(__file__).parents[2] / "tests" / "samples" / "invoice-cny.xml"
SHORT_CHARS: Final = 12
MEMBERS: Final = ("--as", "bank-a", "--as", "bank-b", "--as", "buyer")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """Output and exit code of a command."""

    code: int
    out: str
    err: str


@dataclass(slots=True)
class Story:
    """The network and the names of the story. ``say`` prints each line."""

    launcher: Launcher
    say: Say
    names: dict[str, str] = field(default_factory=dict)
    """What stands for an id in the lines below: ``{whole}``, ``{first}``, ..."""

    def chapter(self, text: str) -> None:
        """Print a heading."""
        self.say(f"\n{text}\n")

    def does(self, who: str, line: str, *, at: str | None = None) -> CommandResult:
        """Run a command of ``who``, which succeeds. ``at``: the node, where it is not its own."""
        done = self._run(who, line, at)
        if done.code != 0:
            raise LaunchFailed("DEMO_FAILED", {"command": line, "said": done.err.strip()})
        return done

    def refused(self, who: str, line: str, code: str, *, at: str | None = None) -> None:
        """Run a command of ``who``, which the chain refuses with this code."""
        done = self._run(who, line, at)
        if done.code == 0 or code not in done.err:
            said = (done.out + done.err).strip()
            raise LaunchFailed("DEMO_FAILED", {"command": line, "expected": code, "said": said})

    def issues(self, name: str, who: str, line: str) -> None:
        """Issue a receivable of ``who`` that is called ``name`` from here on."""
        self.names[name] = self.does(who, line).out.partition(":")[0]

    def splits(self, who: str, line: str, *parts: str) -> None:
        """Split a receivable of ``who``; its parts get these names, in the order of their amounts."""
        lines = self.does(who, line).out.splitlines()
        made = [row.partition(":")[0] for row in lines if "made as a part" in row]
        self.names.update(zip(parts, made, strict=True))

    def checks(self, who: str, line: str) -> None:
        """Run a command of ``who`` that needs no node and no home."""
        shown = line.format(**{name: _shown(value) for name, value in self.names.items()})
        words = line.format(**self.names).split()
        done = self._carried_out(who, shown, [sys.executable, "-P", "-m", "p2pchain.cli", *words])
        if done.code != 0:
            raise LaunchFailed("DEMO_FAILED", {"command": line, "said": done.err.strip()})

    def _run(self, who: str, line: str, at: str | None) -> CommandResult:
        shown = line.format(**{name: _shown(value) for name, value in self.names.items()})
        words = line.format(**self.names).split()
        return self._carried_out(who, shown, self.launcher.command(at or who, *words))

    def _carried_out(self, who: str, shown: str, command: list[str]) -> CommandResult:
        self.say(f"{who}$ p2pchain {shown}")
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
            env={**os.environ, "COLUMNS": "160"},
        )
        for printed in (done.stdout + done.stderr).splitlines():
            self.say(f"    {printed}")
        return CommandResult(code=done.returncode, out=done.stdout, err=done.stderr)


def _shown(value: str) -> str:
    """Shorten an id to its first digits, a file to its name."""
    return Path(value).name if "/" in value else value[:SHORT_CHARS]


def tell(story: Story) -> None:
    """Run the whole story. Raises ``LaunchFailed("DEMO_FAILED")`` where it goes otherwise."""
    today = datetime.now(tz=UTC).date()
    due, too_late = today + timedelta(days=180), today + timedelta(days=400)
    root = story.launcher.places.root
    story.names |= {"invoice": str(INVOICE), "proof": str(root / "receivable.proof")}
    story.names |= {"statement": str(root / "tier-2.json"), "pledge": str(root / "pledge.json")}
    story.names["genesis"] = str(story.launcher.home("bank-a") / "genesis.json")
    _begin(story, due.isoformat(), too_late.isoformat())
    _move(story)
    _survive(story)
    _settle(story, today.isoformat())


def _begin(story: Story, due: str, too_late: str) -> None:
    story.chapter("Supplier's own supplier joins; three of the four members agree.")
    story.does("bank-a", f"membership admit tier-2 --legal-name Tier-2 --role issuer {' '.join(MEMBERS)}")
    story.does("supplier", "key new tier-2")
    story.does("supplier", "key prove {statement} --account tier-2 --org tier-2")
    story.does("bank-a", f"membership add-account {{statement}} --role issuer {' '.join(MEMBERS)}")
    story.chapter("The supplier sent an invoice over 1,000,000.00 CNY. Bank A registers it.")
    lines = story.does("bank-a", "registry register {invoice} --as bank-a").out.splitlines()
    (registered,) = (line for line in lines if ": registered;" in line)
    story.names["document"] = registered.partition(":")[0]
    story.chapter("The buyer says that it owes that in 180 days.")
    amount = "--to supplier --amount 1000000.00 --currency CNY"
    line = f"receivable issue {amount} --due {due} --document {{document}} --as buyer"
    story.issues("whole", "buyer", line)
    early = "receivable transfer {whole} --to bank-b --as supplier"
    story.refused("supplier", early, "RCV_NOT_ACCEPTED")
    story.does("buyer", "receivable accept {whole} --as buyer")
    story.refused("buyer", "receivable cancel {whole} --as buyer", "RCV_IRREVOCABLE")
    story.refused("buyer", f"receivable issue {amount} --due {too_late} --as buyer", "RCV_TENOR_EXCEEDED")


def _move(story: Story) -> None:
    story.chapter("The supplier splits it, and pays its own supplier with a part.")
    story.refused("supplier", "receivable split {whole} 600000.00 300000.00 --as supplier", "RCV_SPLIT_SUM")
    story.splits("supplier", "receivable split {whole} 600000.00 400000.00 --as supplier", "first", "second")
    story.refused("supplier", "receivable transfer {whole} --to tier-2 --as supplier", "RCV_SPENT")
    story.does("supplier", "receivable transfer {second} --to tier-2 --as supplier")
    story.does("tier-2", "receivable accept-transfer {second} --as tier-2", at="supplier")
    story.chapter("Tier-2 gives its part as security to bank A, which signs that too.")
    pledge = "receivable pledge {second} --to bank-a --as tier-2"
    story.refused("tier-2", pledge, "AUTH_CONTROLLER", at="supplier")
    story.does("tier-2", f"{pledge} --cosigner bank-a --out {{pledge}}", at="supplier")
    story.does("bank-a", "tx sign {pledge} --as bank-a")
    story.does("bank-a", "tx submit {pledge}")
    story.refused(
        "tier-2", "receivable transfer {second} --to bank-b --as tier-2", "ENC_ACTIVE", at="supplier"
    )
    story.refused("tier-2", "receivable unpledge {second} --as tier-2", "AUTH_CONTROLLER", at="supplier")
    story.chapter("Bank A discounts the larger part, without recourse; bank B tries the same invoice.")
    request = "receivable request-finance {first} --by bank-a --price 591000.00 --as supplier"
    story.does("supplier", request)
    story.does("bank-a", "receivable finance {first} --as bank-a")
    story.does("bank-b", "registry register {invoice} --as bank-b")
    story.refused("bank-b", "registry finance {document} --as bank-b", "REG_DUPLICATE_FINANCED")
    story.refused("bank-a", "receivable recourse {first} --as bank-a", "RCV_NO_RECOURSE")


def _survive(story: Story) -> None:
    story.chapter("Bank B's machine dies. Nobody notices.")
    story.launcher.kill("bank-b")
    story.does("bank-a", "receivable unpledge {second} --as bank-a")
    story.does("supplier", "receivable list --debtor buyer --status accepted")


def _settle(story: Story, today: str) -> None:
    story.chapter("180 days are long: two more, due today, go to their end.")
    for name in ("due", "other"):
        line = f"receivable issue --from buyer --amount 250000.00 --currency CNY --due {today} --as supplier"
        story.issues(name, "supplier", line)
        story.does("buyer", f"receivable accept {{{name}}} --as buyer")
        story.does("supplier", f"receivable present {{{name}}} --as supplier")
    paid = "receivable attest-payment {due} --reference CAMT054-0001 --as bank-a"
    story.does("bank-a", paid)
    story.does("supplier", "receivable confirm {due} --as supplier")
    again = "receivable attest-payment {other} --reference CAMT054-0001 --as buyer"
    story.refused("buyer", again, "PAY_REF_REUSED")
    story.chapter("What became of the part that bank A holds; an auditor, who runs no node, checks it.")
    story.does("bank-a", "receivable history {first}")
    story.does("bank-a", "proof get --receivable {first} --out {proof}")
    story.checks("auditor", "proof verify {proof} --genesis {genesis}")


@click.command()
@click.option("--dir", "directory", type=click.Path(path_type=Path), help="Keep the network here.")
def main(directory: Path | None) -> None:
    """Make a network of four nodes, tell the story on it, and stop it."""
    root = directory or Path(tempfile.mkdtemp(prefix="p2pchain-demo-")) / "net"
    try:
        launcher = Launcher.make(root, seed="demo")
        try:
            launcher.start()
            launcher.wait_for_height(READY_HEIGHT)
            tell(Story(launcher, click.echo))
        finally:
            launcher.stop()
    except Fault as fault:
        print(f"demo: {fault}", file=sys.stderr)
        sys.exit(1)
    finally:
        if directory is None:
            shutil.rmtree(root.parent, ignore_errors=True)


if __name__ == "__main__":
    main()
