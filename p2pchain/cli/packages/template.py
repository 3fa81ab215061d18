"""Files of a package that begins a module: small, complete, and sound as it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PYPROJECT: Final = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "p2pchain-@NAME@"
version = "0.1.0"
description = "Module @NAME@ for p2pchain"
requires-python = ">=3.11"

[project.entry-points."p2pchain.modules"]
@NAME@ = "@PACKAGE@.module:MODULE"

[tool.setuptools]
packages = ["@PACKAGE@"]
"""

README: Final = """\
# @NAME@

What the trade is, in words of those who do it.

- `p2pchain module check .` lints the sources, checks the declaration and tries every action.
- `p2pchain module digest .` tells the digest that members agree on.
- `python -m pytest tests` runs the tests.
"""

INIT: Final = '"""Module @NAME@."""\n'

RULES: Final = '''\
"""Rules of @NAME@: what may be done, by whom, and what is written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from p2pchain.sdk import Context, Entry, Guilt, Id, Nonce, Record, Refusal, Text, View, sha256

ITEM_PREFIX = b"item/"
ID = Id(of="@NAME@.item", size=32, help="id of the item")
TITLE = Text(bytes_max=60, help="what the item is called")


class ItemUnknown(Refusal):
    """Nobody opened an item of this id."""

    code = "@CODE@_ITEM_UNKNOWN"
    words = "there is no such item"
    next_step = "see: p2pchain @NAME@ list"
    guilt = Guilt.UNKNOWN


class ItemOfAnother(Refusal):
    """Somebody else than its owner closes an item."""

    code = "@CODE@_ITEM_OF_ANOTHER"
    words = "the item is not yours"
    next_step = "ask its owner"
    guilt = Guilt.RIGHTS


class ItemClosed(Refusal):
    """It is closed already."""

    code = "@CODE@_ITEM_CLOSED"
    words = "the item is closed"
    next_step = "nothing is left to do"
    guilt = Guilt.STATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """An item of the signer's organisation."""

    title: Annotated[str, TITLE, Entry(is_argument=True)]
    nonce: Annotated[bytes, Nonce(help="makes the id of the item, with its owner")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """An item that is done with."""

    item: Annotated[bytes, ID, Entry(is_argument=True)]


def open_item(context: Context, message: Open) -> None:
    """Write the item down as that of the first signer's organisation."""
    owner = context.accounts[0].org
    item = sha256(owner.encode() + b"/" + message.nonce)
    context.put(ITEM_PREFIX + item, (owner, message.title, True))
    context.emit("opened", (item, owner, message.title))


def close_item(context: Context, message: Close) -> None:
    """Write down that the item is closed; its owner may."""
    owner, title, is_open = item_at(context, message.item)
    if owner != context.accounts[0].org:
        raise ItemOfAnother({"item": message.item.hex(), "owner": str(owner)})
    if not is_open:
        raise ItemClosed({"item": message.item.hex()})
    context.put(ITEM_PREFIX + message.item, (owner, title, False))
    context.emit("closed", (message.item, owner))


def item_at(view: View, item: bytes) -> Record:
    """Read the record of an item. Raises ``ItemUnknown``."""
    record = view.get(ITEM_PREFIX + item)
    if record is None:
        raise ItemUnknown({"item": item.hex()})
    return record
'''

MODULE: Final = '''\
"""Declaration of @NAME@: commands, texts, JSON, proofs and pages are derived from it."""

from __future__ import annotations

from collections.abc import Mapping

from @PACKAGE@.rules import (
    ID,
    ITEM_PREFIX,
    TITLE,
    Close,
    ItemClosed,
    ItemOfAnother,
    ItemUnknown,
    Open,
    close_item,
    item_at,
    open_item,
)
from p2pchain.sdk import (
    Action,
    EventType,
    Field,
    Flag,
    Integer,
    Json,
    Module,
    Optional,
    Organisation,
    Query,
    Record,
    RecordType,
    Value,
    View,
)

PAGE_MAX = 50
ROWS_MAX = 200
ITEM = Field(name="item", kind=ID)
OWNER = Field(name="owner", kind=Organisation(help="whose item it is"))
VALUES = (OWNER, Field(name="title", kind=TITLE), Field(name="is_open", kind=Flag()))


def answer_show(view: View, args: Mapping[str, Value]) -> Json:
    """Show one item."""
    item = args["item"]
    assert isinstance(item, bytes), "the field takes bytes"
    return named(item, item_at(view, item))


def answer_list(view: View, args: Mapping[str, Value]) -> Json:
    """List items, ascending by id, those above ``after``."""
    after, limit = args["after"], args["limit"]
    most = limit if isinstance(limit, int) else PAGE_MAX
    beyond = ITEM_PREFIX + after if isinstance(after, bytes) else None
    rows: list[Json] = []
    for key, record in view.walk(ITEM_PREFIX, beyond):
        if len(rows) == most:
            return {"items": rows, "next": rows[-1]["item"]}
        rows.append(named(key.removeprefix(ITEM_PREFIX), record))
    return {"items": rows, "next": None}


def named(item: bytes, record: Record) -> Json:
    """Name the values of a record."""
    return {"item": item.hex(), **{field.name: value for field, value in zip(VALUES, record, strict=True)}}


MODULE = Module(
    name="@NAME@",
    source=__name__,
    does="Keep a list of items",
    actions=(
        Action(name="open", message=Open, run=open_item, does="Open an item", who="any account of a member"),
        Action(name="close", message=Close, run=close_item, does="Close an item of yours", who="its owner"),
    ),
    events=(
        EventType(name="opened", fields=(ITEM, *VALUES[:2]), sentence="{owner} opens {title}: item {item}"),
        EventType(name="closed", fields=(ITEM, OWNER), sentence="{owner} closes item {item}"),
    ),
    records=(
        RecordType(
            name="item",
            prefix=ITEM_PREFIX,
            key=(ITEM,),
            fields=VALUES,
            sentence="{title} of {owner}, open: {is_open}",
            is_public=True,
        ),
    ),
    refusals=(ItemUnknown, ItemOfAnother, ItemClosed),
    queries=(
        Query(
            name="list",
            fields=(
                Field(name="after", kind=Optional(inner=ID, help="id of the last item of the page before")),
                Field(name="limit", kind=Optional(inner=Integer(low=1, high=ROWS_MAX, unit="items"))),
            ),
            answer=answer_list,
            does="List all items",
            rows=("items", (ITEM, *VALUES)),
        ),
        Query(name="show", fields=(ITEM,), answer=answer_show, does="Show an item", returns=(ITEM, *VALUES)),
    ),
)
'''

TEST: Final = '''\
"""@NAME@ on a ledger in this process."""

from @PACKAGE@.module import MODULE
from p2pchain.sdk.replay import replay
from p2pchain.sdk.world import World


def test_an_item_is_opened_and_closed_by_its_owner() -> None:
    world = World(MODULE)
    assert world.submit("buyer", "open", title="A saw", nonce=bytes(16)).code == "OK"
    (row,) = world.ask("list", after=None, limit=None)["items"]
    item = bytes.fromhex(row["item"])
    assert world.submit("supplier", "close", item).code == "@CODE@_ITEM_OF_ANOTHER"
    assert world.submit("buyer", "close", item).code == "OK"
    assert world.ask("show", item=item)["is_open"] is False


def test_every_action_ends_well_and_alike_under_two_hash_seeds() -> None:
    assert replay("@PACKAGE@.module:MODULE").faults == ()
'''


def package_files(name: str) -> Mapping[str, str]:
    """Texts of the files by path, of the module ``name``, which begins with ``x-``."""
    package = name.replace("-", "_")
    texts = {
        "pyproject.toml": PYPROJECT,
        "README.md": README,
        f"{package}/__init__.py": INIT,
        f"{package}/rules.py": RULES,
        f"{package}/module.py": MODULE,
        f"tests/test_{package}.py": TEST,
    }
    code = name.removeprefix("x-").replace("-", "_").upper()
    return {path: _filled(text, name, package, code) for path, text in texts.items()}


def _filled(text: str, name: str, package: str, code: str) -> str:
    return text.replace("@NAME@", name).replace("@PACKAGE@", package).replace("@CODE@", code)
