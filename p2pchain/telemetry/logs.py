"""Structured logs: event names with fields, one line each, on standard error, where the journal picks them
up.

Half of what is logged was said by others: names, addresses, reasons. It steers no terminal and looks like no
other line, since every character that is not printable is written as an escape.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import Any, Final, Protocol

import structlog

from p2pchain.telemetry.throttle import Throttle

LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("text", "json")
SYSLOG_PRIORITIES: Final = {
    logging.DEBUG: "<7>",
    logging.INFO: "<6>",
    logging.WARNING: "<4>",
    logging.ERROR: "<3>",
    logging.CRITICAL: "<2>",
}
"""Prefixes by which journald knows how grave a line is (sd-daemon(3))."""


class Stream(Protocol):
    """Sink of log lines: a text file, or a ``LogStream``."""

    def write(self, text: str, /) -> int:
        """Write text."""
        ...

    def flush(self) -> None:
        """Write out what is buffered."""
        ...

    def isatty(self) -> bool:
        """Return whether a person looks at it."""
        ...


def set_up_logs(*, level: str, format_: str, stream: Stream = sys.stderr, priorities: bool = False) -> None:
    """Write events of at least ``level`` to ``stream`` as ``text`` (for people) or ``json`` (for collectors);
    with ``priorities`` each line begins with its syslog priority, ``<4>``, as journald reads it.

    Other libraries' log records go the same way, from warnings up. Call it again after an import that resets
    logging.
    """
    numeric = logging.getLevelNamesMapping()[level.upper()]
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if format_ == "text":
        renderer = structlog.dev.ConsoleRenderer(colors=stream.isatty(), pad_event_to=28, sort_keys=False)
    shared: list[structlog.typing.Processor] = [
        Throttle(),
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        escape_strangers_text,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(numeric),
        logger_factory=lambda *_: _LineLogger(stream, priorities=priorities),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        _PriorityFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=shared[1:], processors=[_only_event, renderer]
            ),
            priorities=priorities,
        )
    )
    handler.addFilter(_ForeignThrottle())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(numeric, logging.WARNING))


def escape_strangers_text(
    logger: structlog.typing.WrappedLogger, name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Escape what is not printable in every text of a line; tracebacks are added after this."""
    return {key: _escaped(value) for key, value in event.items()}


class _LineLogger:
    """structlog's way to the stream: each rendered event is one write of one whole line."""

    def __init__(self, stream: Stream, *, priorities: bool) -> None:
        self._stream = stream
        self._priorities = priorities

    def debug(self, message: str) -> None:
        self._write(message, logging.DEBUG)

    def info(self, message: str) -> None:
        self._write(message, logging.INFO)

    def warning(self, message: str) -> None:
        self._write(message, logging.WARNING)

    def error(self, message: str) -> None:
        self._write(message, logging.ERROR)

    def critical(self, message: str) -> None:
        self._write(message, logging.CRITICAL)

    msg = log = info
    warn = warning
    failure = exception = error
    fatal = critical

    def _write(self, message: str, level: int) -> None:
        self._stream.write((_with_priority(message, level) if self._priorities else message) + "\n")
        self._stream.flush()


class _PriorityFormatter(logging.Formatter):
    """Another formatter's lines, of other libraries' records, with their priorities."""

    def __init__(self, lines: logging.Formatter, *, priorities: bool) -> None:
        super().__init__()
        self._lines = lines
        self._priorities = priorities

    def format(self, record: logging.LogRecord) -> str:
        """Format a record."""
        text = self._lines.format(record)
        return _with_priority(text, record.levelno) if self._priorities else text


class _ForeignThrottle(logging.Filter):
    """The same throttle for other libraries' records, a cause being a logger and its format string."""

    def __init__(self) -> None:
        super().__init__()
        self._throttle = Throttle()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is written."""
        try:
            self._throttle(None, "", {"event": record.name, "code": str(record.msg)[:200]})
        except structlog.DropEvent:
            return False
        return True


def _with_priority(text: str, level: int) -> str:
    """Begin each line with its priority: a traceback has several, and journald reads each for itself."""
    level = max(level, logging.DEBUG)
    prefix = SYSLOG_PRIORITIES[max(known for known in SYSLOG_PRIORITIES if known <= level)]
    return prefix + text.replace("\n", f"\n{prefix}")


def _escaped(value: Any) -> Any:
    match value:
        case str():
            return value if value.isprintable() else "".join(map(_escaped_character, value))
        case Mapping():
            return {key: _escaped(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_escaped(inner) for inner in value]
        case _:
            return value


def _escaped_character(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]


def _only_event(
    logger: structlog.typing.WrappedLogger, name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Drop what structlog keeps of the foreign record."""
    event.pop("_record", None)
    event.pop("_from_structlog", None)
    return event
