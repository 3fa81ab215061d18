"""A module whose one action goes wrong in every way that the lint does not see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from p2pchain.sdk import (
    Action,
    Choice,
    Context,
    Entry,
    EventType,
    Field,
    Integer,
    Json,
    Module,
    Query,
    Record,
    RecordType,
    Value,
    View,
)

NAME = "x-hostile"
RECORD_PREFIX = b"record/"
TURNS = 1_000_000
HELD_ROWS = 40
WAYS = ("nothing", "key_error", "recurse", "recurse_through_call", "walk", "hold", "allocate")
WAY = Field(name="way", kind=Choice(words=WAYS, help="what is to go wrong"))
COUNT = Field(name="count", kind=Integer(high=1_000, unit="records"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """The way in which the rule goes wrong."""

    way: Annotated[str, WAY.kind, Entry(is_argument=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """How many records are written."""

    count: Annotated[int, COUNT.kind, Entry(is_argument=True)]


def fill(context: Context, message: Fill) -> None:
    """Write records to walk over."""
    for number in range(message.count):
        context.meter.stepped()
        context.put(RECORD_PREFIX + number.to_bytes(4, "big"), (number,))


def go(context: Context, message: Go) -> None:
    """Write something, and then go wrong."""
    context.put(b"last", (message.way,))
    GOING[message.way](context)
    context.emit("went", (message.way,))


def nothing(_context: Context) -> None:
    """Go well."""


def fail(_context: Context) -> None:
    """Look for what is not there."""
    raise KeyError({"nothing": "there"})


def recurse(context: Context) -> None:
    """Call a function that is handed itself, for ever."""
    handed(handed, context)


def handed(function: Callable[..., None], context: Context) -> None:
    """Call what is handed in."""
    function(function, context)


def recurse_through_call(context: Context) -> None:
    """Call a public function of this very module, which does the same."""
    context.call(NAME, "again")


def walk(context: Context) -> None:
    """Walk over all records, again and again."""
    for _ in range(TURNS):
        for _key, _record in context.walk(RECORD_PREFIX):
            pass


def hold(context: Context) -> None:
    """Hold every record that is read."""
    held: list[Record | None] = []
    for _ in range(TURNS):
        held.append(context.get(b"last"))


def allocate(_context: Context) -> None:
    """Take memory at once, and fail."""
    held = [bytes(1_000) * 1_000 for _ in range(HELD_ROWS)]
    raise ValueError(len(held))


def again(context: Context) -> Value:
    """Call this function by way of the ledger."""
    return context.call(NAME, "again")


GOING: Mapping[str, Callable[[Context], None]] = {
    "nothing": nothing,
    "key_error": fail,
    "recurse": recurse,
    "recurse_through_call": recurse_through_call,
    "walk": walk,
    "hold": hold,
    "allocate": allocate,
}


def answer_last(view: View, _args: Mapping[str, Value]) -> Json:
    """Show the last way that went well."""
    record = view.get(b"last")
    return {"way": None if record is None else record[0]}


MODULE = Module(
    name=NAME,
    source=__name__,
    does="Go wrong in every way",
    actions=(
        Action(name="go", message=Go, run=go, does="Go wrong", who="any account of a member"),
        Action(name="fill", message=Fill, run=fill, does="Write records", who="any account of a member"),
    ),
    events=(EventType(name="went", fields=(WAY,), sentence="it went the way {way}"),),
    records=(
        RecordType(name="last", prefix=b"last", fields=(WAY,), sentence="the last way was {way}"),
        RecordType(name="record", prefix=RECORD_PREFIX, key=(COUNT,), fields=(COUNT,), sentence="{count}"),
    ),
    publics={"again": again},
    queries=(Query(name="last", fields=(), answer=answer_last, does="Show the last way"),),
)
