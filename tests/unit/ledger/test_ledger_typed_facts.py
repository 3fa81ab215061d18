"""Receipts and state hold codes and typed facts: never prose, which somebody will word better one day."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import p2pchain
from p2pchain.business.software import MODULES
from p2pchain.ledger.context import Context
from p2pchain.ledger.module import Action, Module
from p2pchain.model.errors import Refused
from tests.unit.ledger.ledger_world import TIME_MS, World, facts, operation
from tests.unit.ledger.test_ledger_membership_changes import admins_genesis

ROOM = Path(p2pchain.__file__).parent
LINT = re.compile(r"purity\w*\.py")
"""Reads sources before a node takes a module; nothing of what it says comes into a block."""
SOURCES = sorted(
    source
    for room in ("ledger", "business")
    for source in (ROOM / room).rglob("*.py")
    if not LINT.fullmatch(source.name)
)
WORD = re.compile(r"[A-Za-z0-9_.,:*-]*")
SPEAKING = {"str", "ascii", "repr", "format", "join", "title", "in_words"}
"""Calls that make text of something else."""
TELLING = {"emit", "store", "tell", "put"}
"""Calls that bring values into receipts and state."""
FACTS_OF = {"facts_of", "amounts_of", "refusal", "duplicate"}
"""Functions that take facts by keyword."""


def prose(tree: ast.AST) -> Iterator[str]:
    """Values of dictionaries of facts, and of keywords that are facts, which could be prose."""
    for node in ast.walk(tree):
        match node:
            case ast.Dict(values=values):
                yield from (each for value in values if (each := spoken(value)))
            case ast.Call(func=ast.Name(id=name), keywords=keywords) if name in FACTS_OF:
                given = [each.value for each in keywords if each.arg != "hint"]
                yield from (each for value in given if (each := spoken(value)))
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=values) if name in TELLING:
                texts = [each for value in values for each in ast.walk(value)]
                yield from (f"{each.lineno}: text" for each in texts if isinstance(each, ast.JoinedStr))
            case ast.Call(func=ast.Name(id="str"), args=[ast.Name(id="refusal" | "fault" | "error")]):
                yield f"{node.lineno}: an error as text"
            case ast.Attribute(attr="hint", ctx=ast.Load()):
                yield f"{node.lineno}: reads a hint"


def spoken(value: ast.expr) -> str:
    """What is wrong with the value of a fact, or nothing."""
    for node in ast.walk(value):
        match node:
            case ast.Constant(value=str(text)) if not WORD.fullmatch(text):
                return f"{node.lineno}: {text!r}"
            case ast.JoinedStr():
                return f"{node.lineno}: text that is put together"
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in SPEAKING:
                return f"{node.lineno}: {name}()"
    return ""


ALLOWED = {
    "execution.py": ("reads a hint",),  # It hands the words on, beside the facts.
    "context.py": ("str()",),  # Of the name of a parameter.
    "policy.py": ("in_words()",),  # In what a query answers.
}


@pytest.mark.parametrize("source", SOURCES, ids=[str(path.relative_to(ROOM)) for path in SOURCES])
def test_no_fact_of_the_ledger_is_prose(source: Path) -> None:
    """What queries answer is for people, and in no receipt."""
    if source.name in {"queries.py", "table.py"}:
        return
    left = [
        each
        for each in prose(ast.parse(source.read_text("utf-8")))
        if not each.endswith(ALLOWED.get(source.name, ("-",)))
    ]
    assert left == []


@pytest.mark.parametrize(
    "guilty",
    [
        'Refused("X", {"reason": str(fault)})',
        'facts = {"expected": f"{low} to {high}"}',
        'Refused("X", {"roles": " ".join(roles)})',
        'Refused("X", {"reason": "too many of them"})',
        'Refused("X", {"lei": ascii(lei)})',
        'facts_of(item, expected="one of these")',
        "store(context, replace(proposal, reason=str(refusal)))",
        'context.emit("failed", (refusal.hint,))',
        'context.emit("failed", (f"{price} with recourse",))',
    ],
)
def test_the_search_finds_what_it_looks_for(guilty: str) -> None:
    assert list(prose(ast.parse(guilty)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """No arguments."""


def refusing(hint: str) -> Module:
    """A module of which every action is refused, with these words."""

    def run(context: Context, message: Any) -> None:
        raise Refused("NOT_TODAY", {"height": context.height}, hint)

    return Module(name="refusing", actions=(Action(name="run", message=Nothing, run=run),))


def world_with(hint: str) -> World:
    """What is refused directly, beside others, and in a proposal that the majority wants."""
    world = World(admins_genesis(), (*MODULES, refusing(hint)))
    world.submit("bank-a", operation("refusing", "run"))
    world.submit("bank-a", operation("note", "put", "x"), operation("refusing", "run"))
    proposed = ("title", 1_000, TIME_MS + 86_400_000, (("refusing", "run", ()),))
    world.submit("bank-a", operation("governance", "propose", *proposed))
    for org in ("bank-b", "bank-c"):
        world.submit(org, operation("governance", "vote", 0, True))
    assert world.ledger.query("governance", "show", {"number": 0}, None)["reason"]["code"] == "NOT_TODAY"
    return world


def test_other_words_change_neither_state_nor_receipts() -> None:
    """A release that words a hint better must agree with the one before."""
    one, other = world_with("try again"), world_with("come back tomorrow, when the office is open")
    assert [each.receipts for each in one.records] == [each.receipts for each in other.records]
    assert one.ledger.state_root == other.ledger.state_root


def test_a_parameter_out_of_its_bounds_is_told_in_numbers() -> None:
    world = World(admins_genesis())
    quorum = ("bank-a", "bank-b", "bank-c")
    receipt = world.submit(quorum, operation("governance", "set_parameter", "tx_bytes_max", 7))
    assert receipt.code == "GOV_PARAMETER"
    assert facts(receipt) == {"parameter": "tx_bytes_max", "value": 7, "low": 1_024, "high": 65_536}
    receipt = world.submit(quorum, operation("governance", "set_parameter", "block_bytes_max", 1_024))
    assert (facts(receipt)["lesser"], facts(receipt)["greater"]) == ("tx_bytes_max", "block_bytes_max")
    receipt = world.submit(quorum, operation("governance", "set_parameter", "speed of light", 7))
    assert (facts(receipt)["parameter"], facts(receipt)["low"]) == ("speed of light", None)
