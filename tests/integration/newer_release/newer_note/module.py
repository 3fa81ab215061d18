"""Notes in their second version, which also say which drawer they go into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from p2pchain.ledger.context import Context, View
from p2pchain.ledger.kinds import Text
from p2pchain.ledger.module import Action, Json, Module, Query
from p2pchain.model.transaction import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class PutInto:
    """A text, and the drawer that it goes into."""

    text: Annotated[str, Text(bytes_max=200)]
    drawer: Annotated[str, Text(bytes_max=20)]


def put_into(context: Context, message: PutInto) -> None:
    """Keep the drawer; anybody may."""
    context.put(context.accounts[0].public_key, (message.drawer,))


def migrate(context: Context) -> None:
    """What was counted goes into one drawer."""
    for public_key, _ in list(context.walk(b"")):
        context.put(public_key, ("old",))


def answer_drawers(view: View, _args: Mapping[str, Value]) -> Json:
    """Every drawer, by the order of the keys."""
    return {"drawers": [record[0] for _, record in view.walk(b"")]}


NOTE_2 = Module(
    name="note",
    version=2,
    source=__name__,
    actions=(
        Action(
            name="put",
            message=PutInto,
            run=put_into,
        ),
    ),
    queries=(Query(name="drawers", fields=(), answer=answer_drawers),),
    migrate=migrate,
)
