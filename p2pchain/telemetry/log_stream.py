"""The stream that log lines go to: it never makes the node wait, and never ends it.

A log is read by somebody else: journald, a pipe, a terminal, a disk that fills. If that reader goes away, a
write fails; if it only stops reading, a write blocks. Neither may touch a validator, so a thread of its own
writes, out of a bounded queue; a line that finds no room, or cannot be written, is counted and dropped. It
writes to the file descriptor itself: a thread that hangs inside Python's own buffer of standard error would
abort the interpreter when it ends.
"""

from __future__ import annotations

import os
import select
import threading
from collections import deque
from collections.abc import Mapping
from typing import Final

LINES_WAITING_MAX: Final = 10_000
"""Lines that wait to be written; a further one is dropped and counted."""
LINE_CHARS_MAX: Final = 8_192
"""A longer line is cut."""
CUT: Final = "... (cut)\n"
NOBODY_READS: Final = "nobody reads it"


def is_journal(descriptor: int, environment: Mapping[str, str]) -> bool:
    """Return whether journald reads what is written to a descriptor (``JOURNAL_STREAM``, systemd.exec(5))."""
    stated = environment.get("JOURNAL_STREAM", "")
    try:
        status = os.fstat(descriptor)
    except OSError:
        return False
    return stated == f"{status.st_dev}:{status.st_ino}"


class LogStream:
    """A text stream whose ``write`` neither blocks nor raises; ``lost`` counts dropped lines, ``reason`` says
    why the newest one was dropped, None while lines are written.
    """

    def __init__(self, descriptor: int) -> None:
        """``descriptor``: where lines end up, that of standard error in the daemon."""
        self._descriptor = descriptor
        self._lines: deque[str] = deque()
        self._changed = threading.Condition()
        self._writing = False
        self._writer: threading.Thread | None = None
        self.lost = 0
        self.reason: str | None = None

    def isatty(self) -> bool:
        """Return whether a person looks at it."""
        return os.isatty(self._descriptor)

    def write(self, text: str) -> int:
        """Queue text; drop it where ``LINES_WAITING_MAX`` lines wait."""
        with self._changed:
            if len(self._lines) >= LINES_WAITING_MAX:
                self._lose(NOBODY_READS)
            else:
                self._lines.append(text if len(text) <= LINE_CHARS_MAX else text[:LINE_CHARS_MAX] + CUT)
                self._begin()
                self._changed.notify_all()
        return len(text)

    def flush(self) -> None:
        """Do nothing: every line is written whole."""

    def drain(self, timeout_s: float) -> bool:
        """Wait until all that is queued is written, at most ``timeout_s``; return whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._lines and not self._writing, timeout_s)

    # leaves

    def _begin(self) -> None:
        """Start the writer with the first line, so that a process that logs nothing has no thread."""
        if self._writer is None:
            self._writer = threading.Thread(target=self._run, name="log-writer", daemon=True)
            self._writer.start()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._writing = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: bool(self._lines))
                text, self._writing = self._lines.popleft(), True
            try:
                self._write(text.encode("utf-8", "backslashreplace"))
            except OSError as error:
                with self._changed:
                    self._lose(error.strerror or str(error))
            else:
                self.reason = None

    def _write(self, data: bytes) -> None:
        """Write all of it; a descriptor that somebody made non-blocking is waited for."""
        while data:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:
                select.select([], [self._descriptor], [])

    def _lose(self, reason: str) -> None:
        self.lost += 1
        self.reason = reason
