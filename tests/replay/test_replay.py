"""The kept chains come out alike on every interpreter of this machine, whatever the hash seed and the locale.

How: each interpreter gets an environment of its own with the locked wheels that the ledger imports, and
replays ``tests/vectors/replay_corpus.cbor.z``: all roots must be those that are kept. So the next release
is held against this one, too. After a change of rules that was meant: ``python -m tests.replay.recording``.
"""

from __future__ import annotations

import ast
import functools
import json
import os
import subprocess
from dataclasses import replace
from typing import Final

import pytest

from p2pchain.business.software import MODULES
from p2pchain.codec.transaction import decode_body
from p2pchain.model.transaction import CODE_OK
from tests.lacking import needs
from tests.replay.interpreters import TOP, VERSIONS, interpreter, ready
from tests.replay.replaying import CORPUS, NEEDED, Chain, compare, read_corpus, replayed

REPLAY_S: Final = 300
SEEDS: Final = ("0", "4711")
LOCALES: Final = {"C": "C", "other": "C.UTF-8"}
"""The second is any that is installed where letters, digits or case differ; else this one."""
NOT_IN_CHAINS: Final = {
    "GENESIS_KEY_REPEATED",
    "GENESIS_NO_VALIDATOR",
    "GENESIS_ORG_REPEATED",
    "GENESIS_ROLE_NOT_HELD",
    "GENESIS_ROLE_UNKNOWN",
    "GOV_VERSION_HEIGHT",
    "GOV_VERSION_NOT_NEXT",
    "GOV_VERSION_NOT_SCHEDULED",
    "LST_CODE",
    "MEMBERSHIP_FULL",
    "PRIV_RECIPIENTS_FULL",
    "RCV_ENDORSEMENTS",
    "REG_TOO_MANY_REGISTRATIONS",
    "SEC_STATEMENT_UNKNOWN",
}
"""Refusals that stand in no kept chain: of queries, of a genesis, with newer modules, and of bounds
that tests lower.
"""
BY_VOTE: Final = {("governance", "set_parameter")}
"""What no transaction does by itself: the vote executes it."""
WISHED: Final = ("tr_TR.utf8", "ar_EG.utf8", "de_DE.utf8")


@functools.cache
def chains() -> tuple[Chain, ...]:
    return read_corpus(CORPUS.read_bytes())


def locale_of(name: str) -> str:
    done = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False)
    there = done.stdout.split()
    return next((each for each in WISHED if name == "other" and each in there), LOCALES[name])


@pytest.mark.parametrize("version", [pytest.param(each, marks=needs(f"python{each}")) for each in VERSIONS])
def test_every_interpreter_makes_the_kept_roots(version: str) -> None:
    python = interpreter(version)
    assert python is not None
    inner = ready(python, version, NEEDED)
    told = []
    for seed in SEEDS:
        for name in LOCALES:
            environment = {
                "PATH": os.environ["PATH"],
                "PYTHONHASHSEED": seed,
                "LC_ALL": locale_of(name),
                "PYTHONCOERCECLOCALE": "0",
                "PYTHONUTF8": "0",
                "PYTHONPATH": str(TOP),
            }
            done = subprocess.run(
                [inner, "-m", "tests.replay.replaying"],
                cwd=TOP,
                env=environment,
                capture_output=True,
                text=True,
                timeout=REPLAY_S,
                check=False,
            )
            assert done.returncode in (0, 1), done.stderr
            told.append(json.loads(done.stdout))
            assert told[-1]["wrong"] == [], told[-1]
    assert {each["python"].rpartition(".")[0] for each in told} == {version}
    assert {each["chains"] for each in told} == {len(chains())}
    assert len({each["locale"] for each in told}) == len(LOCALES)


def test_the_chains_show_every_module_accepting_and_refusing() -> None:
    """Every action of the software is accepted somewhere, and each module that can refuses, often."""
    accepted: set[tuple[str, str]] = set()
    refused: dict[str, set[str]] = {}
    for chain in chains():
        for block, (_, receipts) in zip(chain.blocks, replayed(chain), strict=True):
            for body, receipt in zip(block.bodies, receipts, strict=True):
                for module, action in operations_of(body):
                    if receipt.code == CODE_OK:
                        accepted.add((module, action))
                    else:
                        refused.setdefault(module, set()).add(receipt.code)
    known = {(module.name, action.name) for module in MODULES for action in module.actions}
    assert known - accepted <= BY_VOTE
    assert {module.name for module in MODULES if module.actions} - set(refused) == set()
    assert codes_in_source() - set().union(*refused.values()) == NOT_IN_CHAINS


def codes_in_source() -> set[str]:
    """Codes that modules refuse with in blocks: of declared classes, and raised by their texts."""
    found = {refusal.code for module in MODULES for refusal in module.refusals}
    rooms = (TOP / "p2pchain" / "business", TOP / "p2pchain" / "ledger" / "consortium")
    for path in (path for room in rooms for path in sorted(room.rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="Refused"), args=[ast.Constant(value=str(code)), *_]):
                    found.add(code)
    return {code for code in found if not code.startswith("QUERY_")}


def operations_of(body: bytes) -> list[tuple[str, str]]:
    return [(each.module, each.action) for each in decode_body(body).operations]


def test_a_rule_that_changed_is_seen() -> None:
    """The control: with one root another it is told which chain, and where."""
    first = next(chain for chain in chains() if len(chain.blocks) > 2)
    other = replace(first.blocks[1], roots=bytes(64))
    changed = replace(first, blocks=(first.blocks[0], other, *first.blocks[2:]))
    assert compare([changed]) == [f"{first.name}: other state from height 2 on"]
    assert compare([first]) == []
