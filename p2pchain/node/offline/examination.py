"""Examination of a home and its node: a page of findings, each well, doubtful or bad, with what to do.

For a node that runs and for one that does not: the first is asked, the second is tried as ``run`` would
begin.
"""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from p2pchain.model.errors import Fault
from p2pchain.net.addresses import endpoint_of
from p2pchain.node.health.early_warnings import release_warnings_of
from p2pchain.node.health.machine import Machine, machine_reasons, read_machine, size_words
from p2pchain.node.home.config import NodeConfig, StorageConfig
from p2pchain.node.home.layout import Home
from p2pchain.node.offline.start_check import StartCheck, check_start
from p2pchain.telemetry.release import VERSION

Word = Literal["ok", "warn", "fail"]
Answer = Mapping[str, Any]
FSYNCS_TRIED: Final = 10
FSYNC_BYTES: Final = 4_096
FSYNC_SLOW_MS: Final = 50
"""Each vote waits for one: above this a validator votes late."""
FSYNC_BAD_MS: Final = 500
PEERS_TRIED_MAX: Final = 32
DIAL_S: Final = 2.0
CLOCK_TOOL_S: Final = 5.0
DESCRIPTORS_LEAST: Final = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorFinding:
    """One line of the page. ``what``: what is the case, with numbers; ``to_do``: empty where nothing is."""

    check: str
    word: Word
    what: str
    to_do: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Answers of the running node: ``/v1/status`` and ``/v1/peers``."""

    status: Answer
    peers: Sequence[Answer]


def examine(home: Home, passphrase: bytes | None, answers: Answers | None) -> tuple[DoctorFinding, ...]:
    """Examine a home. ``answers``: of its node, None where that does not answer."""
    findings = [*_home(home)]
    if findings[-1].word == "fail":
        return tuple(findings)
    machine = read_machine(home)
    start, start_findings = _start(home, passphrase)
    findings += start_findings
    config = None if start is None else start.config
    findings += _keys(machine)
    findings += _disk(home, machine, StorageConfig() if config is None else config.storage)
    findings += _machine(machine)
    findings += _clock(answers)
    if answers is not None:
        findings += _running(answers)
    elif config is not None:
        findings += [*_ports(home, config), *_dialled(config)]
    return tuple(findings)


def _home(home: Home) -> Iterator[DoctorFinding]:
    try:
        status = home.root.stat()
    except OSError as error:
        to_do = "name it with --home DIR, or make one: p2pchain init"
        yield DoctorFinding(check="home", word="fail", what=f"{home.root}: {error.strerror}", to_do=to_do)
        return
    owner, own = status.st_uid, os.geteuid()
    if owner != own and own != 0:
        what = f"{home.root} belongs to {_user(owner)}, and this is {_user(own)}"
        to_do = f"run as the user that owns the home: runuser -u {_user(owner)} -- p2pchain doctor"
        yield DoctorFinding(check="home", word="fail", what=what, to_do=to_do)
        return
    strangers = [path for path in (home.config, home.chain, home.safety) if _owner(path) not in (None, owner)]
    if strangers:
        what = f"{strangers[0]} belongs to {_user(_owner(strangers[0]) or 0)}, the home to {_user(owner)}"
        to_do = f"chown -R {_user(owner)} {home.root}"
        yield DoctorFinding(check="home", word="fail", what=what, to_do=to_do)
        return
    yield DoctorFinding(check="home", word="ok", what=f"{home.root}, of {_user(owner)}")


def _start(home: Home, passphrase: bytes | None) -> tuple[StartCheck | None, list[DoctorFinding]]:
    """Begin as ``run`` does: settings, genesis, packages, keys, chain log."""
    try:
        start = check_start(home, passphrase)
    except Fault as fault:
        return None, [
            DoctorFinding(
                check="start", word="fail", what=str(fault), to_do=fault.hint or "see docs/codes.md"
            )
        ]
    findings = [
        DoctorFinding(check="settings", word="ok", what="config.toml, genesis.json, keys and packages fit")
    ]
    if start.height is not None:
        findings.append(
            DoctorFinding(check="chain log", word="ok", what=f"whole up to height {start.height}")
        )
    if start.strangers:
        what = f"not members (yet): {', '.join(start.strangers)}"
        findings.append(DoctorFinding(check="settings", word="warn", what=what, to_do="remove them, or wait"))
    return start, findings


def _keys(machine: Machine) -> Iterator[DoctorFinding]:
    if not machine.exposed:
        yield DoctorFinding(check="keys", word="ok", what="nobody else may read them")
    for name in machine.exposed:
        to_do = f"chmod 600 {name.rpartition(' (')[0]}"
        yield DoctorFinding(check="keys", word="fail", what=f"others may read {name}", to_do=to_do)


def _disk(home: Home, machine: Machine, storage: StorageConfig) -> Iterator[DoctorFinding]:
    short = [reason for reason in machine_reasons(machine, storage) if reason.startswith("the disk")]
    if machine.disk_free_bytes < storage.stop_free_bytes:
        what = f"{size_words(machine.disk_free_bytes)} free: the node does not start below "
        what += size_words(storage.stop_free_bytes)
        yield DoctorFinding(check="disk", word="fail", what=what, to_do="make room")
    elif short:
        what, _, to_do = short[0].partition("; ")
        yield DoctorFinding(check="disk", word="warn", what=what, to_do=to_do)
    else:
        what = f"{size_words(machine.disk_free_bytes)} of {size_words(machine.disk_bytes)} free"
        yield DoctorFinding(check="disk", word="ok", what=what)
    yield _fsync(home.chain.parent)


def _fsync(directory: Path) -> DoctorFinding:
    """Measure the slowest of some fsyncs of a small file; each vote of a validator waits for one."""
    path = directory / f".doctor-{os.getpid()}"
    try:
        slowest_ms = max(_fsync_times_ms(path))
    except OSError as error:
        what = f"{directory} cannot be written: {error.strerror}"
        to_do = "look at mount options, permissions and health of the disk"
        return DoctorFinding(check="fsync", word="fail", what=what, to_do=to_do)
    finally:
        path.unlink(missing_ok=True)
    what = f"{slowest_ms} ms, the slowest of {FSYNCS_TRIED}"
    if slowest_ms < FSYNC_SLOW_MS:
        return DoctorFinding(check="fsync", word="ok", what=what)
    to_do = "a vote waits for each: see what else writes there, or take a faster disk"
    return DoctorFinding(
        check="fsync", word="fail" if slowest_ms > FSYNC_BAD_MS else "warn", what=what, to_do=to_do
    )


def _fsync_times_ms(path: Path) -> list[int]:
    times: list[int] = []
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        for _ in range(FSYNCS_TRIED):
            began = time.monotonic_ns()
            os.write(descriptor, bytes(FSYNC_BYTES))
            os.fdatasync(descriptor)
            times.append((time.monotonic_ns() - began) // 1_000_000)
    finally:
        os.close(descriptor)
    return times


def _machine(machine: Machine) -> Iterator[DoctorFinding]:
    what = (
        f"{size_words(machine.memory_available_bytes)} of {size_words(machine.memory_total_bytes)} available"
    )
    usual = StorageConfig(warn_free_percent=0, warn_free_bytes=0)
    short = [reason for reason in machine_reasons(machine, usual) if reason.startswith("memory")]
    to_do = "give the machine more, or see what else runs there" if short else ""
    yield DoctorFinding(check="memory", word="warn" if short else "ok", what=what, to_do=to_do)
    what = f"at most {machine.descriptors_max} file descriptors a process"
    few = machine.descriptors_max < DESCRIPTORS_LEAST
    to_do = "raise LimitNOFILE of the service" if few else ""
    yield DoctorFinding(check="descriptors", word="warn" if few else "ok", what=what, to_do=to_do)


def _clock(answers: Answers | None) -> Iterator[DoctorFinding]:
    offsets = [] if answers is None else [row["clock_offset_ms"] for row in answers.peers if row["connected"]]
    known = sorted(offset for offset in offsets if offset is not None)
    if known:
        middle_ms = known[len(known) // 2]
        side = "behind" if middle_ms > 0 else "ahead of"
        what = f"{abs(middle_ms)} ms {side} the middle one of {len(known)} peers"
        off = abs(middle_ms) > 1_000
        to_do = "set the clock: timedatectl, chrony" if off else ""
        yield DoctorFinding(check="clock", word="fail" if off else "ok", what=what, to_do=to_do)
        return
    match _is_synchronized():
        case True:
            yield DoctorFinding(check="clock", word="ok", what="set by a time server")
        case False:
            what, to_do = "set by no time server", "timedatectl set-ntp true, or chrony"
            yield DoctorFinding(check="clock", word="warn", what=what, to_do=to_do)
        case None:
            what, to_do = "nobody says whether it is right", "compare it: timedatectl, or date -u"
            yield DoctorFinding(check="clock", word="warn", what=what, to_do=to_do)


def _is_synchronized() -> bool | None:
    """Return what systemd knows of the clock, None where it knows nothing."""
    command = ["timedatectl", "show", "--property=NTPSynchronized", "--value"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=CLOCK_TOOL_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return {"yes": True, "no": False}.get(done.stdout.strip())


def _running(answers: Answers) -> Iterator[DoctorFinding]:
    status, peers = answers.status, answers.peers
    words: dict[str, Word] = {"healthy": "ok", "degraded": "warn", "stalled": "fail"}
    age_s = int(status["block_age_ms"]) // 1000
    what = f"{status['health']} at height {status['height']}, newest block {age_s} s old"
    yield DoctorFinding(check="health", word=words.get(str(status["health"]), "fail"), what=what)
    for reason in status["reasons"]:
        what, _, to_do = str(reason).partition("; ")
        yield DoctorFinding(
            check="health", word=words.get(str(status["health"]), "fail"), what=what, to_do=to_do
        )
    for warning in status["warnings"]:
        what, _, to_do = str(warning).partition(": ")
        yield DoctorFinding(check="warning", word="warn", what=what, to_do=to_do)
    away = [str(row["name"]) for row in peers if not row["connected"]]
    what = f"{len(peers) - len(away)} of {len(peers)} linked" + (f"; not {', '.join(away)}" if away else "")
    to_do = f"p2pchain peer show {away[0]}, p2pchain peer connect {away[0]}" if away else ""
    yield DoctorFinding(check="peers", word="warn" if away else "ok", what=what, to_do=to_do)
    if not release_warnings_of([(str(row["name"]), row["software"]) for row in peers]):
        yield DoctorFinding(check="release", word="ok", what=f"{VERSION}, as all linked peers or newer")


def _ports(home: Home, config: NodeConfig) -> Iterator[DoctorFinding]:
    """Try to listen where the node will; it does not run, so somebody else does where that fails."""
    addresses = {"port": endpoint_of(config.listen)}
    if config.http is not None:
        http_host, _, http_port = config.http.rpartition(":")
        addresses["http port"] = (http_host.strip("[]") or "127.0.0.1", int(http_port))
    for check, (host, port) in addresses.items():
        problem = _listening_problem(host, port)
        if problem is None:
            yield DoctorFinding(check=check, word="ok", what=f"{host}:{port} is free")
        else:
            to_do = f"see who listens there: ss -ltnp 'sport = :{port}'"
            yield DoctorFinding(check=check, word="fail", what=f"{host}:{port}: {problem}", to_do=to_do)


def _listening_problem(host: str, port: int) -> str | None:
    try:
        endpoints = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = endpoints[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as error:
        return error.strerror or str(error)
    return None


def _dialled(config: NodeConfig) -> Iterator[DoctorFinding]:
    for peer in config.peers[:PEERS_TRIED_MAX]:
        host, port = endpoint_of(peer.address)
        try:
            socket.create_connection((host, port), timeout=DIAL_S).close()
        except OSError as error:
            what = f"{host}:{port} does not answer: {error.strerror or error}"
            to_do = "look at the way there, at the firewall, and ask its operator whether it runs"
            yield DoctorFinding(check="peers", word="warn", what=what, to_do=to_do)
        else:
            yield DoctorFinding(check="peers", word="ok", what=f"{host}:{port} answers")


def _owner(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except OSError:
        return None


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
