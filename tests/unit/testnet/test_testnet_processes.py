"""Processes through their records: a number that was given away again is nobody we know."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from p2pchain.testnet.processes import Process

SLEEPER = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)"]
DEAF = SLEEPER[2].replace("import time;", "import signal, time; signal.signal(15, signal.SIG_IGN);")
TIMEOUT_S = 10.0


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    """A process that is killed in the end."""
    found = Process(tmp_path / "one.json")
    yield found
    found.kill()


def start(process: Process, directory: Path, command: list[str] = SLEEPER) -> int:
    """Start it and wait for its first line."""
    log = directory / "one.log"
    process.start(command, log=log, directory=directory, environment=os.environ)
    while not log.read_bytes():
        assert process.pid is not None, "it ended at once"
    pid = process.pid
    assert pid is not None
    return pid


def test_it_runs_in_a_session_of_its_own_and_stops(process: Process, tmp_path: Path) -> None:
    assert process.pid is None
    pid = start(process, tmp_path)
    assert os.getsid(pid) == pid
    assert Process(tmp_path / "one.json").pid == pid, "whoever reads the record knows it"
    usage = process.usage()
    assert usage is not None
    assert 0 < usage.rss_bytes <= usage.rss_max_bytes
    assert process.stop(TIMEOUT_S)
    assert process.pid is None
    assert process.exit_code == -signal.SIGTERM


@pytest.mark.parametrize(("field", "value"), [("start", 1), ("boot", "another boot")])
def test_a_number_given_away_again_is_not_signalled(
    process: Process, tmp_path: Path, field: str, value: object
) -> None:
    start(process, tmp_path)
    record = tmp_path / "one.json"
    true = record.read_text()
    record.write_text(json.dumps({**json.loads(true), field: value}))
    stranger = Process(record)
    assert stranger.pid is None
    stranger.kill()
    record.write_text(true)
    assert process.pid is not None, "it was left alone"


def test_who_does_not_stop_is_killed(process: Process, tmp_path: Path) -> None:
    start(process, tmp_path, [sys.executable, "-c", DEAF])
    assert not process.stop(0.2)
    assert process.pid is None
    assert process.exit_code == -signal.SIGKILL


def test_a_paused_one_stops_too(process: Process, tmp_path: Path) -> None:
    pid = start(process, tmp_path)
    process.send(signal.SIGSTOP)
    os.waitid(os.P_PID, pid, os.WSTOPPED)
    assert process.paused
    assert process.stop(TIMEOUT_S)
    assert not process.paused


def test_a_damaged_record_is_of_nobody(tmp_path: Path) -> None:
    for text in ("", "{}", "[]", '{"pid": "x"}', '{"pid": 1, "start": 0}'):
        (tmp_path / "one.json").write_text(text)
        assert Process(tmp_path / "one.json").pid is None, text


def test_it_knows_where_its_part_of_the_log_begins(process: Process, tmp_path: Path) -> None:
    (tmp_path / "one.log").write_bytes(b"of an earlier start\n")
    assert process.log_start == 0
    start(process, tmp_path)
    assert Process(tmp_path / "one.json").log_start == len(b"of an earlier start\n")
