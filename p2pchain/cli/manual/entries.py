"""Entries of the manual: every command with its usage, its text and its options, read from click."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import click

DEPTH_MAX: Final = 4
"""Words of a command at most, the program's name included."""
WIDTH: Final = 10_000
"""Columns for click, so that it breaks no line: whoever shows the page does that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualEntry:
    """One command. ``name``: all its words; ``text``: paragraphs; ``options``: how one is written, and what
    it does. ``is_group``: it has commands of its own.
    """

    name: str
    usage: str
    text: tuple[str, ...]
    options: tuple[tuple[str, str], ...]
    is_group: bool


def entries(command: click.Command, name: str) -> tuple[ManualEntry, ...]:
    """List the entries of a command and of all below it, in order."""
    return tuple(_walk(command, _context(command, name, None)))


def _walk(root: click.Command, top: click.Context) -> Iterator[ManualEntry]:
    waiting = [(root, top)]
    while waiting:
        command, ctx = waiting.pop()
        is_group = isinstance(command, click.Group)
        yield ManualEntry(
            name=ctx.command_path,
            usage=" ".join(_usage(command, ctx).split()),
            text=_paragraphs(command.help or ""),
            options=tuple(_options(command, ctx)),
            is_group=is_group,
        )
        if not isinstance(command, click.Group):
            continue
        assert ctx.command_path.count(" ") < DEPTH_MAX, f"deeper than {DEPTH_MAX}: {ctx.command_path}"
        below = []
        for word in command.list_commands(ctx):
            part = command.get_command(ctx, word)
            if part is not None and not part.hidden:
                below.append((part, _context(part, word, ctx)))
        waiting += reversed(below)


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    """Make the context that a call of the command would have: click keeps in a command what it asks of it."""
    return click.Context(
        command, info_name=name, parent=parent, terminal_width=WIDTH, **command.context_settings
    )


def _usage(command: click.Command, ctx: click.Context) -> str:
    own = command.collect_usage_pieces(ctx)
    return " ".join((ctx.command_path, *own))


def _paragraphs(text: str) -> tuple[str, ...]:
    parts = re.split(r"\n\s*\n", inspect.cleandoc(text))
    return tuple(" ".join(part.replace("\b", "").split()) for part in parts if part.strip())


def _options(command: click.Command, ctx: click.Context) -> Iterator[tuple[str, str]]:
    for parameter in command.get_params(ctx):
        record = parameter.get_help_record(ctx)
        if record is not None and record[1] and "--help" not in parameter.opts:
            yield record[0], " ".join(record[1].split())
