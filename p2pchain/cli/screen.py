"""Output for people: tables, units, ages, and colour on a terminal only; and JSON for scripts."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

import trio
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from p2pchain.cli.session import Session
from p2pchain.client.node_client import NodeClient
from p2pchain.codec.exact_json import write_json
from p2pchain.presentation.printable import printable

WATCH_PERIOD_S: Final = 1
PLAIN_WIDTH: Final = 240
"""Columns of what is not written to a terminal."""
COLUMN_GAP: Final = 2
UNBROKEN_CHARS: Final = 24
"""Cells of a table that are no longer stay on one line: times, names, addresses."""
SHORT_HEX_CHARS: Final = 12
FULL_IDS: ContextVar[bool] = ContextVar("full_ids", default=False)
"""True where the command was called with ``--full``."""
HEALTH_STYLES: Final = {"healthy": "green", "degraded": "yellow", "stalled": "bold red"}
DASH: Final = "-"

Draw = Callable[[Any, Console], None]


def report(
    session: Session,
    question: Callable[[NodeClient], Awaitable[Any]],
    draw: Draw,
    *,
    as_json: bool,
    watch: bool = False,
) -> Any:
    """Ask, and show the answer: as JSON, or drawn; with ``watch`` every second until interrupted: over the
    last one on a terminal, below a line with the time elsewhere. Returns the last.
    """
    console = new_console()

    def show(answer: Any) -> None:
        if as_json:
            show_json(answer)
            return
        if watch and console.is_terminal:
            console.clear()
        elif watch:
            print(datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        draw(answer, console)

    async def shown(client: NodeClient) -> Any:
        while True:
            answer = await question(client)
            show(answer)
            if not watch:
                return answer
            await trio.sleep(WATCH_PERIOD_S)

    return session.ask(shown)


def new_console() -> Console:
    """Standard output: as wide as the terminal, or wide enough to break no line where it is none."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=PLAIN_WIDTH)


def show_json(value: Any) -> None:
    """One line of JSON on standard output."""
    print(write_json(value, separators=(", ", ": ")), flush=True)


def table(console: Console, columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Print a table with a head, or ``empty`` where it has no rows. Cells may be ``Text``. On a terminal that
    is too narrow for it, each row is a list of names and values.
    """
    cells = [[cell if isinstance(cell, Text) else Text(plain(cell)) for cell in row] for row in rows]
    if not cells:
        console.print(Text(empty))
        return
    gap = COLUMN_GAP
    widths: list[int | None] = [None] * len(columns)
    if console.is_terminal:
        gap, widths = _layout(columns, cells, console.width)
    if not widths:
        for number, row in enumerate(cells):
            if number:
                console.print()
            facts(console, zip(columns, row, strict=True))
        return
    drawn = Table(box=None, header_style="bold", pad_edge=False, padding=(0, gap, 0, 0))
    for column, width in zip(columns, widths, strict=True):
        drawn.add_column(column, overflow="fold", width=width)
    for row in cells:
        drawn.add_row(*row)
    _print(console, drawn)


def _layout(
    columns: Sequence[str], rows: Sequence[Sequence[Text]], available: int
) -> tuple[int, list[int | None]]:
    """Gap and widths of columns at which no short cell and no word is broken; no widths where they do not
    fit.
    """
    by_column = [[Text(column), *(row[place] for row in rows)] for place, column in enumerate(columns)]
    widths = [max(cell.cell_len for cell in cells) for cells in by_column]
    least = [max(map(_least_width, cells)) for cells in by_column]
    gaps = len(columns) - 1
    gap = COLUMN_GAP if sum(least) + COLUMN_GAP * gaps <= available else 1
    room = available - gap * gaps
    if sum(least) > room:
        return gap, []
    while sum(widths) > room:
        widest = max(range(len(widths)), key=lambda place: (widths[place] > least[place], widths[place]))
        widths[widest] -= 1
    return gap, [*widths]


def _least_width(cell: Text) -> int:
    """Columns that a cell needs: all that it has where it is short, those of its longest word else."""
    if cell.cell_len <= UNBROKEN_CHARS:
        return cell.cell_len
    return max(map(cell_len, cell.plain.split()), default=0)


def facts(console: Console, pairs: Iterable[tuple[str, object]]) -> None:
    """Names and values, one pair a line; a value may be ``Text``."""
    drawn = Table(box=None, show_header=False, pad_edge=False)
    drawn.add_column(style="bold")
    drawn.add_column(overflow="fold")
    for name, value in pairs:
        drawn.add_row(name, value if isinstance(value, Text) else Text(plain(value)))
    _print(console, drawn)


def _print(console: Console, drawn: Table) -> None:
    """Print a table; without the blanks that fill its lines where it goes to a pipe or file."""
    if console.is_terminal:
        console.print(drawn)
        return
    with console.capture() as captured:
        console.print(drawn)
    lines = (line.rstrip() for line in captured.get().splitlines())
    console.file.write("".join(f"{line}\n" for line in lines))
    console.file.flush()


def health_text(word: object) -> Text:
    """The one word of health, in its colour."""
    return Text(str(word), style=HEALTH_STYLES.get(str(word), ""))


def plain(value: object) -> str:
    """A value as a cell: yes and no, a dash for nothing; what others wrote steers no terminal."""
    match value:
        case None:
            return DASH
        case bool():
            return "yes" if value else "no"
        case _:
            return printable(str(value))


def short(value: object) -> str:
    """The beginning of an id, enough to find it again; all of it where the command was called with
    ``--full``.
    """
    if value is None:
        return DASH
    return str(value) if FULL_IDS.get() else str(value)[:SHORT_HEX_CHARS]


def duration(ms: object) -> str:
    """Milliseconds in the unit that fits: ``340 ms``, ``12 s``, ``5 min``, ``3 h``, ``2 d``."""
    if not isinstance(ms, int | float):
        return DASH
    for bound, unit, size in ((1_000, "ms", 1), (120_000, "s", 1_000), (7_200_000, "min", 60_000)):
        if ms < bound:
            return f"{int(ms // size)} {unit}"
    return f"{int(ms // 3_600_000)} h" if ms < 172_800_000 else f"{int(ms // 86_400_000)} d"


def age(time_ms: object) -> str:
    """Say how long ago a time since 1970 was."""
    if not isinstance(time_ms, int):
        return DASH
    return f"{duration(max(0, time.time_ns() // 1_000_000 - time_ms))} ago"


def moment(time_ms: object) -> str:
    """Write a time since 1970 to the second, UTC: ``2026-12-01 14:30:05``."""
    if not isinstance(time_ms, int):
        return DASH
    return datetime.fromtimestamp(time_ms // 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def size(count: object) -> str:
    """Bytes in the unit that fits: ``900 B``, ``1.2 MB``."""
    if not isinstance(count, int):
        return DASH
    amount, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while amount >= 1_000 and len(units) > 1:
        amount /= 1_000
        units.pop(0)
    return f"{count} B" if units[0] == "B" else f"{amount:.1f} {units[0]}"


def listed(values: object) -> str:
    """A list of words with commas, a dash for none."""
    if isinstance(values, Sequence) and not isinstance(values, str):
        return ", ".join(DASH if value is None else str(value) for value in values) or DASH
    return plain(values)
