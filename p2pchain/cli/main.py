"""``p2pchain``: the table of commands, the options that all share, and how every failure ends."""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from p2pchain.cli.declarations import HOME, own_modules, packages_named
from p2pchain.cli.exits import (
    FAILED,
    INTERRUPTED,
    NOT_PERMITTED,
    as_json,
    denied,
    exit_code,
    one_line,
    perhaps_final,
)
from p2pchain.cli.groups import LazyCommand, LazyGroup
from p2pchain.cli.session import Session
from p2pchain.codec.exact_json import write_json
from p2pchain.model.errors import Fact, Fault, Refused
from p2pchain.model.ids import TxId

DEFAULT_HOME: Final = "~/.p2pchain"
OF_PACKAGES: Final = "x-"
"""How names of modules of others begin."""


def _at(module: str, attribute: str, summary: str) -> LazyCommand:
    return LazyCommand(module=f"p2pchain.cli.{module}", attribute=attribute, summary=summary)


def _derived(name: str) -> LazyCommand:
    """The group of a module, made from its declaration."""
    return LazyCommand(module="p2pchain.cli.modules.table", attribute="group_of", summary="", of=name)


COMMANDS: Final[Mapping[str, LazyCommand]] = {
    "init": _at("node.init", "init", "Create a node's home: keys, settings, genesis."),
    "genesis": _at("founding.genesis", "genesis", "Found a chain: write, collect and compare member files."),
    "join": _at("founding.join", "join", "Join a running chain: by snapshot, or by blocks."),
    "run": _at("node.run", "run", "Run the node until it is told to stop."),
    "status": _at("node.status", "status", "Show where the node stands and how it is."),
    "wait": _at("node.status", "wait", "Wait for a height, or until the node is healthy."),
    "doctor": _at("node.doctor", "doctor", "Examine home and node, and say what to do."),
    "debug": _at("node.doctor", "debug", "Collect what an engineer needs, without a secret."),
    "config": _at("node.config", "config", "Check the settings."),
    "version": _at("node.version", "version", "Show the version, commit and build."),
    "completion": _at("manual.commands", "completion", "Print the completion for a shell."),
    "manual": _at("manual.commands", "manual", "Print the manual page of all commands."),
    "peers": _at("chain.peers", "peers", "List the nodes of the other members."),
    "peer": _at("chain.peers", "peer", "Show one peer, connect, disconnect, ban or unban it."),
    "members": _at("chain.peers", "members", "List organisations, roles and accounts."),
    "consensus": _at("chain.consensus", "consensus", "Show the height in progress: rounds and votes."),
    "validators": _at("chain.consensus", "validators", "List the validators."),
    "equivocations": _at("chain.consensus", "equivocations", "List equivocations that blocks recorded."),
    "block": _at("chain.chain", "block", "Show a block, the newest by default; list blocks."),
    "tx": _at("chain.tx", "tx", "Show, list, submit, or wait for transactions."),
    "state": _at("chain.state", "state", "Show a record of the state by its key."),
    "events": _at("chain.events", "events", "Show what was done on the chain, as it is done."),
    "proof": _at("chain.proof", "proof", "Get proofs of the state, and verify them without a node."),
    "mempool": _at("chain.mempool", "mempool", "Show what waits; drop some, or refuse a sender."),
    "verify": _at(
        "node.verify", "verify", "Check the whole chain: signatures, roots, each block executed again."
    ),
    "repair": _at("node.repair", "repair", "Mend a damaged chain log with blocks of the other members."),
    "backup": _at("node.backup", "backup", "Back up a home, and restore it."),
    "snapshot": _at("node.snapshot", "snapshot", "List the snapshots of the state, or write one now."),
    "reindex": _at("node.jobs", "reindex", "Make the derived index anew."),
    "jobs": _at("node.jobs", "jobs", "List long work of the node, with its progress."),
    "prune": _at("node.snapshot", "prune", "Remove old blocks of a stopped node."),
    "gateway": _at("node.gateway", "gateway", "Make a certificate for the gateway."),
    "key": _at("node.key", "key", "Create and show keys."),
    "module": _at("packages.commands", "module", "Write a module of your own, check it, tell its digest."),
}
OUTPUT_ERRORS: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""Why standard output cannot be written: a full disk or quota, a file at its limit, a disk that fails."""
SETTINGS: Final = {"help_option_names": ["-h", "--help"]}
"""How every command is asked for its help."""
HELP: Final = """Run a node of a consortium's ledger, and ask and instruct it.

Exit codes: 0 ok, 1 failed or refused, 2 usage, 3 daemon not running, 4 not permitted, 5 timeout, 6 unhealthy,
7 not found; `run` ends with the codes of sysexits.h."""


def _options(command: LazyGroup) -> LazyGroup:
    command.params += [
        click.Option(
            ["--home"],
            metavar="DIR",
            # Known before --help is: packages that the home names have commands of their own.
            is_eager=True,
            help=f"Home of the node [$P2PCHAIN_HOME, or {DEFAULT_HOME}].",
        ),
        click.Option(
            ["--socket"], metavar="PATH", help="Control socket [$P2PCHAIN_SOCKET, or as config.toml says]."
        ),
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_show_version,
            help="Show the version, and exit.",
        ),
    ]
    return command


class HomeGroup(LazyGroup):
    """All commands: those of the table, those of modules that have no line in it, and those of the packages
    that the home's settings name.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the names: the table's in its order, then modules and packages."""
        packages = packages_named(home_of(ctx.params.get("home")))
        return [*super().list_commands(ctx), *self._derived(), *packages]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command of this name, or None."""
        home = home_of(ctx.params.get("home"))
        HOME.set(home)
        if cmd_name.startswith(OF_PACKAGES) and cmd_name in packages_named(home):
            return self.imported(_derived(cmd_name))
        if cmd_name not in COMMANDS and cmd_name in self._derived():
            return self.imported(_derived(cmd_name))
        return super().get_command(ctx, cmd_name)

    def summary(self, name: str) -> str:
        """The line of a command in the list of all."""
        if name in COMMANDS:
            return super().summary(name)
        return self._derived().get(name, f"Commands of the package {name}.")

    def _derived(self) -> Mapping[str, str]:
        """Return the purposes of modules outside the table; imports their declarations."""
        return {module.name: f"{module.does}." for module in own_modules() if module.name not in COMMANDS}


def home_of(option: str | None) -> Path:
    """The home that a command is about: as given, or as the environment says, or the usual one."""
    return Path(option or os.environ.get("P2PCHAIN_HOME") or DEFAULT_HOME).expanduser()


def _show_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    """Show the version as the command does, whatever follows."""
    if wanted and not ctx.resilient_parsing:
        shown = COMMANDS["version"]
        command = getattr(importlib.import_module(shown.module), shown.attribute)
        ctx.invoke(command, as_json=False)
        ctx.exit()


cli = _options(HomeGroup(lazy=COMMANDS, help=HELP, context_settings=SETTINGS))


@click.pass_context
def _begin(ctx: click.Context, home: str | None, socket: str | None) -> None:
    HOME.set(home_of(home))
    at = socket or os.environ.get("P2PCHAIN_SOCKET")
    handed_in: list[TxId] = ctx.obj
    ctx.obj = Session(home=home_of(home), given_socket=Path(at) if at else None, handed_in=handed_in)


cli.callback = _begin


def invoke(arguments: Sequence[str] | None = None) -> int:
    """Run one command and tell its exit code; a failure is one line on standard error, JSON with ``--json``,
    and names what was submitted before it.
    """
    handed_in: list[TxId] = []
    wants_json = "--json" in (sys.argv[1:] if arguments is None else arguments)

    def failed(fault: Fault, code: int) -> int:
        line = write_json(as_json(fault, handed_in)) if wants_json else one_line(fault, handed_in)
        print(line, file=sys.stderr)
        return code

    try:
        code = cli.main(args=arguments, prog_name="p2pchain", standalone_mode=False, obj=handed_in)
        sys.stdout.flush()
    except click.ClickException as error:
        words = f"{error.format_message()}{_where_to_look(error)}"
        if wants_json:
            print(write_json({"error": {"code": "USAGE", "message": words}}), file=sys.stderr)
        else:
            print(f"p2pchain: {words}", file=sys.stderr)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        print(f"p2pchain: interrupted{perhaps_final(handed_in)}", file=sys.stderr)
        return INTERRUPTED
    except Fault as fault:
        return failed(fault, exit_code(fault))
    except BrokenPipeError:
        # Whoever read our output has enough; the interpreter must not complain about it at its end.
        _write_no_more()
        return 0
    except OSError as error:
        if isinstance(error, PermissionError):
            return failed(denied(error), NOT_PERMITTED)
        if error.errno not in OUTPUT_ERRORS:
            raise
        _write_no_more()
        reason: dict[str, Fact] = {"reason": error.strerror or str(error)}
        return failed(Refused("OUTPUT_UNWRITABLE", reason, "make room, or write it elsewhere"), FAILED)
    return code if isinstance(code, int) else 0


def _write_no_more() -> None:
    """Point standard output nowhere. Otherwise the interpreter complains about it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _where_to_look(error: click.ClickException) -> str:
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"; see: {error.ctx.command_path} --help"
    return ""


def main() -> None:
    """The console script."""
    sys.exit(invoke())
