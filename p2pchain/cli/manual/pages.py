"""Manual pages: Markdown for the docs, roff for man(1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from p2pchain.cli.manual.entries import ManualEntry

FILES: Final = (
    ("~/.p2pchain", "home of the node, unless --home or P2PCHAIN_HOME names another"),
    ("HOME/config.toml", "settings of the node"),
    ("HOME/keys", "keys of the node"),
    ("HOME/accounts", "keys of accounts that sign transactions"),
)
ENVIRONMENT: Final = (
    ("P2PCHAIN_HOME", "home of the node"),
    ("P2PCHAIN_SOCKET", "control socket of the node"),
    ("P2PCHAIN_PASSPHRASE_FILE", "file whose first line is the passphrase of the keys"),
)


def markdown_page(entries: Sequence[ManualEntry], command: str) -> str:
    """Return the page of the docs; ``command`` writes it anew."""
    lines = [
        "# Commands",
        "",
        f"Every command of `p2pchain`, read from the program by `{command}`; do not edit it here. "
        "`p2pchain COMMAND -h` shows the same.",
    ]
    for entry in entries:
        lines += ["", f"{'##' if _is_top(entry) else '###'} {entry.name}"]
        lines += ["", "```", entry.usage, "```"]
        for paragraph in entry.text:
            lines += ["", _escaped(paragraph)]
        if entry.options:
            lines += ["", "| option | meaning |", "| --- | --- |"]
            lines += [f"| `{_cell(name)}` | {_cell(_escaped(text))} |" for name, text in entry.options]
    return "\n".join(lines) + "\n"


def roff_page(entries: Sequence[ManualEntry], *, version: str, day: str) -> str:
    """Return the page for man(1); ``day``: its date, such as 2026-12-31."""
    root, *others = entries
    about = root.text[0].rstrip(".") if root.text else ""
    lines = [
        f'.TH P2PCHAIN 1 "{day}" "p2pchain {version}" "p2pchain"',
        ".SH NAME",
        f"p2pchain \\- {_roff(about[:1].lower() + about[1:])}",
        ".SH SYNOPSIS",
        _roff(root.usage),
        ".SH DESCRIPTION",
    ]
    for paragraph in root.text[1:]:
        lines += [".PP", _roff(paragraph)]
    lines += [".SH OPTIONS", *_roff_list(root.options), ".SH COMMANDS"]
    for entry in others:
        lines += [f".SS {_roff(entry.name)}", _roff(entry.usage)]
        for paragraph in entry.text:
            lines += [".PP", _roff(paragraph)]
        lines += _roff_list(entry.options)
    lines += [".SH ENVIRONMENT", *_roff_list(ENVIRONMENT), ".SH FILES", *_roff_list(FILES)]
    return "\n".join(lines) + "\n"


def _is_top(entry: ManualEntry) -> bool:
    return entry.name.count(" ") <= 1


def _escaped(text: str) -> str:
    """Escape angle brackets and stars outside backquoted code."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"([*<>])", r"\\\1", part) for part in parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _roff(text: str) -> str:
    """Escape what roff reads: backslashes, hyphens that are typed, a dot or quote that begins a line."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def _roff_list(pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    for name, text in pairs:
        yield from (".TP", f".B {_roff(name)}", _roff(text) or "\\&")
