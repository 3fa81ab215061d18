"""A register of tools that members lend one another: who owns a tool, who has it, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from p2pchain.sdk import (
    Action,
    Amount,
    Choice,
    Context,
    Currency,
    Day,
    Entry,
    EventType,
    Field,
    Flag,
    Guilt,
    Id,
    Integer,
    Json,
    Module,
    Nonce,
    Optional,
    Organisation,
    Query,
    Record,
    RecordType,
    Refusal,
    Text,
    Value,
    View,
    sha256,
)

NAME = "x-tools"
TOOL_PREFIX = b"tool/"
DAY_MS = 86_400_000
PAGE_MAX = 50
ROWS_MAX = 200

ID = Id(of="x-tools.tool", size=32, help="id of the tool")
TITLE = Text(bytes_max=60, help="what the tool is called")
SORT = Choice(words=("hand", "power", "measuring"), help="what sort of tool it is")
FEE = Amount(label="fee", help="fee for a day")
CURRENCY = Currency(help="currency of the fee")
BORROWER = Organisation(help="who gets the tool")
DUE = Day(help="last day on which it is to come back")

TOOL = Field(name="tool", kind=ID)
OWNER = Field(name="owner", kind=Organisation(help="whose tool it is"))
VALUES = (
    OWNER,
    Field(name="title", kind=TITLE),
    Field(name="sort", kind=SORT),
    Field(name="fee_minor", kind=FEE),
    Field(name="currency", kind=CURRENCY),
    Field(name="borrower", kind=Optional(inner=BORROWER)),
    Field(name="due", kind=Optional(inner=DUE)),
)


class ToolUnknown(Refusal):
    """Nobody added a tool of this id."""

    code = "TOOL_UNKNOWN"
    words = "there is no such tool"
    next_step = "see: p2pchain x-tools list"
    guilt = Guilt.UNKNOWN


class ToolOfAnother(Refusal):
    """Somebody else than its owner lends a tool, or than owner and borrower gives it back."""

    code = "TOOL_OF_ANOTHER"
    words = "the tool is not yours"
    next_step = "ask its owner"
    guilt = Guilt.RIGHTS


class ToolLent(Refusal):
    """It is lent already."""

    code = "TOOL_LENT"
    words = "somebody has the tool"
    next_step = "wait until it is given back"
    guilt = Guilt.STATE


class ToolNotLent(Refusal):
    """It is with its owner."""

    code = "TOOL_NOT_LENT"
    words = "nobody has the tool but its owner"
    next_step = "see: p2pchain x-tools show TOOL"
    guilt = Guilt.STATE


class ToolDuePast(Refusal):
    """The day on which it is to come back lies behind."""

    code = "TOOL_DUE_PAST"
    words = "that day is over"
    next_step = "name today or a later day"
    guilt = Guilt.INPUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    """A tool, and what it costs to have it for a day."""

    title: Annotated[str, TITLE, Entry(is_argument=True)]
    sort: Annotated[str, SORT]
    fee_minor: Annotated[int, FEE]
    currency: Annotated[str, CURRENCY]
    nonce: Annotated[bytes, Nonce(help="makes the id of the tool, with its owner")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lend:
    """A tool, and who gets it until when."""

    tool: Annotated[bytes, ID]
    borrower: Annotated[str, BORROWER, Entry(option="to")]
    due: Annotated[int, DUE]


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveBack:
    """A tool that comes back, and how."""

    tool: Annotated[bytes, ID]
    damaged: Annotated[bool, Flag(help="whether it came back damaged")]
    remark: Annotated[str | None, Optional(inner=Text(bytes_max=200), help="what there is to say of it")]


def tool_id(owner: str, nonce: bytes) -> bytes:
    """Make the id of a tool of who adds it and a nonce."""
    return sha256(owner.encode() + b"/" + nonce)


def add(context: Context, message: Add) -> None:
    """Write the tool down as that of the first signer's organisation."""
    owner = context.accounts[0].org
    tool = tool_id(owner, message.nonce)
    values = (owner, message.title, message.sort, message.fee_minor, message.currency)
    context.put(TOOL_PREFIX + tool, (*values, None, None))
    context.emit("added", (tool, *values))


def lend(context: Context, message: Lend) -> None:
    """Write down who has the tool."""
    record = _tool(context, message.tool)
    if record[0] != context.accounts[0].org:
        raise ToolOfAnother({"tool": message.tool.hex(), "owner": str(record[0])})
    if record[5] is not None:
        raise ToolLent({"tool": message.tool.hex(), "borrower": str(record[5])})
    if message.due < (today := context.time_ms // DAY_MS):
        raise ToolDuePast({"due_day": message.due, "today": today})
    context.put(TOOL_PREFIX + message.tool, (*record[:5], message.borrower, message.due))
    context.emit("lent", (message.tool, record[0], message.borrower, message.due))


def give_back(context: Context, message: GiveBack) -> None:
    """Write down that the owner has the tool again; borrower or owner may say so."""
    record = _tool(context, message.tool)
    if record[5] is None:
        raise ToolNotLent({"tool": message.tool.hex()})
    if context.accounts[0].org not in (record[0], record[5]):
        raise ToolOfAnother({"tool": message.tool.hex(), "owner": str(record[0])})
    context.put(TOOL_PREFIX + message.tool, (*record[:5], None, None))
    context.emit("given_back", (message.tool, record[5], message.damaged, message.remark))


def answer_show(view: View, args: Mapping[str, Value]) -> Json:
    """Show one tool."""
    tool = args["tool"]
    assert isinstance(tool, bytes), "the field takes bytes"
    return _named(tool, _tool(view, tool))


def answer_list(view: View, args: Mapping[str, Value]) -> Json:
    """List tools, ascending by id, those above ``after``."""
    after, limit = args["after"], args["limit"]
    most = limit if isinstance(limit, int) else PAGE_MAX
    rows: list[Json] = []
    beyond = TOOL_PREFIX + after if isinstance(after, bytes) else None
    for key, record in view.walk(TOOL_PREFIX, beyond):
        if len(rows) == most:
            return {"tools": rows, "next": rows[-1]["tool"]}
        rows.append(_named(key.removeprefix(TOOL_PREFIX), record))
    return {"tools": rows, "next": None}


def _tool(view: View, tool: bytes) -> Record:
    record = view.get(TOOL_PREFIX + tool)
    if record is None:
        raise ToolUnknown({"tool": tool.hex()})
    return record


def _named(tool: bytes, record: Record) -> Json:
    return {"tool": tool.hex(), **{field.name: value for field, value in zip(VALUES, record, strict=True)}}


MODULE = Module(
    name=NAME,
    source=__name__,
    does="Keep a register of tools that members lend one another",
    actions=(
        Action(name="add", message=Add, run=add, does="Add a tool of yours", who="any account of a member"),
        Action(name="lend", message=Lend, run=lend, does="Lend a tool of yours", who="its owner"),
        Action(
            name="give_back",
            message=GiveBack,
            run=give_back,
            does="Confirm that a tool is back with its owner",
            who="who has it, or its owner",
        ),
    ),
    events=(
        EventType(
            name="added",
            fields=(TOOL, *VALUES[:5]),
            sentence="{owner} adds {title} for {fee_minor} a day: tool {tool}",
        ),
        EventType(
            name="lent",
            fields=(
                TOOL,
                OWNER,
                Field(name="borrower", kind=BORROWER),
                Field(name="due", kind=DUE),
            ),
            sentence="{owner} lends tool {tool} to {borrower} until {due}",
        ),
        EventType(
            name="given_back",
            fields=(
                TOOL,
                Field(name="borrower", kind=BORROWER),
                Field(name="damaged", kind=Flag()),
                Field(name="remark", kind=Optional(inner=Text(bytes_max=200))),
            ),
            sentence="{borrower} gives tool {tool} back, damaged: {damaged}[; {remark}]",
        ),
    ),
    records=(
        RecordType(
            name="tool",
            prefix=TOOL_PREFIX,
            key=(TOOL,),
            fields=VALUES,
            sentence="{title} of {owner} costs {fee_minor} a day[; {borrower} has it until {due}]",
            is_public=True,
        ),
    ),
    refusals=(ToolUnknown, ToolOfAnother, ToolLent, ToolNotLent, ToolDuePast),
    queries=(
        Query(
            name="list",
            fields=(
                Field(name="after", kind=Optional(inner=ID, help="id of the last tool of the page before")),
                Field(name="limit", kind=Optional(inner=Integer(low=1, high=ROWS_MAX, unit="tools"))),
            ),
            answer=answer_list,
            does="List all tools",
            rows=("tools", (TOOL, *VALUES)),
        ),
        Query(
            name="show",
            fields=(TOOL,),
            answer=answer_show,
            does="Show a tool, and who has it",
            returns=(TOOL, *VALUES),
        ),
    ),
)
