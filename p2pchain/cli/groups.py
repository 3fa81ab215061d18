"""Groups of commands: one that imports a command only when it is called, and a suggestion for a misspelt
one.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import click
from click.shell_completion import CompletionItem


@dataclass(frozen=True, slots=True, kw_only=True)
class LazyCommand:
    """Command that is imported when it is called, with its line in the list. ``attribute``: the command, or,
    where ``of`` is not empty, a function that makes it for that name.
    """

    module: str
    attribute: str
    summary: str
    of: str = ""


class Group(click.Group):
    """A group that suggests what may have been meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or fail with the nearest one."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            near = get_close_matches(args[0], self.list_commands(ctx), n=1)
            meant = f", did you mean '{near[0]}'?" if near else ""
            ctx.fail(f"no command '{args[0]}'{meant}")
        return super().resolve_command(ctx, args)


class GroupWithDefault(Group):
    """Group of commands, each imported when it is called."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ``show`` before arguments that name no command."""
        help_names = ctx.help_option_names
        if not args or (args[0] not in self.commands and args[0] not in help_names):
            args = ["show", *args]
        return super().parse_args(ctx, args)


class LazyGroup(Group):
    """Group of commands, each imported when it is called."""

    def __init__(
        self, *, lazy: Mapping[str, LazyCommand], help: str, context_settings: Mapping[str, Any]
    ) -> None:
        """Import and return the command of this name, or None."""
        super().__init__(name="p2pchain", help=help, context_settings=dict(context_settings))
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the table."""
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command of this name, or None."""
        command = self._lazy.get(cmd_name)
        return None if command is None else self.imported(command)

    def imported(self, lazy: LazyCommand) -> click.Command:
        """Import a command."""
        command = getattr(importlib.import_module(lazy.module), lazy.attribute)
        if lazy.of:
            command = command(lazy.of)
        assert isinstance(command, click.Command), f"{lazy.module}.{lazy.attribute} is no command"
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands, importing none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.summary(name)) for name in self.list_commands(ctx)])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete names of commands, importing none of them, and options."""
        named = [
            CompletionItem(name, help=self.summary(name))
            for name in self.list_commands(ctx)
            if name.startswith(incomplete)
        ]
        return named + click.Command.shell_complete(self, ctx, incomplete)

    def summary(self, name: str) -> str:
        """The line of a command in the list of all."""
        return self._lazy[name].summary
