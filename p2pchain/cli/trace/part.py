"""The traced goods' part of the client: files of events and identifiers are read on this machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import click

from p2pchain.cli.argument_types import FILE
from p2pchain.cli.files import read_file
from p2pchain.cli.modules.client_part import ClientPart, FileReader, Made, Work
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import show_json
from p2pchain.cli.trace.history import history
from p2pchain.cli.trace.names import (
    AT,
    names_of,
    parse_amounts,
    quantity_of,
    remaining,
    time_of,
)
from p2pchain.client.trace import moves_to_operations, whole_inputs
from p2pchain.documents.epcis import EventFile, read_events
from p2pchain.documents.epcis_hash import hash_uri
from p2pchain.documents.safe_xml import DOCUMENT_BYTES_MAX
from p2pchain.model.errors import Refused
from p2pchain.model.transaction import Value

NAMES: Final = click.Argument(["identifiers"], metavar="NAME...", nargs=-1, required=True)
ONE_NAME: Final = click.Argument(["identifier"], metavar="NAME")
LOT_NAME: Final = click.Argument(["lot_name"], metavar="LOT")
CONTAINER: Final = click.Argument(["container"], metavar="CONTAINER")
EVENTS: Final = click.Argument(["file"], metavar="FILE", type=FILE)

Make = Callable[[Work], Awaitable[Made]]


async def read_capture(work: Work) -> Made:
    """Read a file of events: its root, and its moves of custody before it in the transaction."""
    events = events_of(work.options["file"])
    moves = () if work.options["root_only"] else events.moves()
    names = await names_of(work)
    whole = await remaining(work, whole_inputs(moves, names))
    return Made(
        values={
            "root": events.root,
            "count": len(events.leaves),
            "first_ms": min(events.times_ms),
            "last_ms": max(events.times_ms),
        },
        before=moves_to_operations(moves, names, whole, work.options["to"]),
        report={"root": events.root.hex(), "events": len(events.leaves), "moves": len(moves)},
        notes=(f"{len(events.leaves)} events, {len(moves)} of them move custody; keep the file",),
    )


async def read_goods(work: Work) -> Made:
    """Name things that are brought in, and their lot."""
    names, lot = await names_of(work), work.options["lot_name"]
    prefix, digests = names.of_one(work.options["identifiers"])
    return Made(
        values={
            "prefix": prefix,
            "names": digests,
            "lot": None if lot is None else names.name(lot).digest,
            "quantity": 0 if lot is None else quantity_of(work.options["quantity"]),
            "time_ms": time_of(work),
        },
        report={"things": [names.id(uri).hex() for uri in work.options["identifiers"]]},
    )


async def read_things(work: Work) -> Made:
    """Name things that are moved."""
    names = await names_of(work)
    return Made(values={"things": names.ids(work.options["identifiers"]), "time_ms": time_of(work)})


async def read_certified(work: Work) -> Made:
    """Name things that are certified."""
    return Made(values={"things": (await names_of(work)).ids(work.options["identifiers"])})


async def read_packing(work: Work) -> Made:
    """Name a container, and things that go in or come out."""
    names = await names_of(work)
    return Made(
        values={
            "parent": names.id(work.options["container"]),
            "things": names.ids(work.options["identifiers"]),
            "time_ms": time_of(work),
        }
    )


async def read_transformation(work: Work) -> Made:
    """Name what goes in and what comes out, with quantities; an input without one goes in whole."""
    names, options = await names_of(work), work.options
    inputs = [(names.id(uri), quantity) for uri, quantity in parse_amounts(options["inputs"])]
    whole = await remaining(work, tuple(key for key, quantity in inputs if quantity is None))
    sold = (("outputs", False), ("certified_outputs", True))
    made = [
        (uri, quantity, certified)
        for option, certified in sold
        for uri, quantity in parse_amounts(options[option], needed=True)
    ]
    prefix, digests = names.of_one([uri for uri, _, _ in made])
    lot = names.name(options["lot_name"])
    outputs: tuple[Value, ...] = tuple(
        (digest, quantity, certified) for digest, (_, quantity, certified) in zip(digests, made, strict=True)
    )
    return Made(
        values={
            "inputs": tuple((key, whole[key] if quantity is None else quantity) for key, quantity in inputs),
            "outputs": outputs,
            "prefix": prefix,
            "lot_prefix": lot.prefix,
            "lot": lot.digest,
            "time_ms": time_of(work),
        }
    )


async def read_error(work: Work) -> Made:
    """Find an event in the captured file, with its path to the root."""
    events, number = events_of(work.options["file"]), work.options["number"]
    if not 1 <= number <= len(events.leaves):
        raise Refused("TRACE_NO_EVENT", {"event": number, "events": len(events.leaves)})
    return Made(
        values={
            "root": events.root,
            "event": events.leaves[number - 1],
            "index": number - 1,
            "path": events.path(number),
        }
    )


async def read_recall(work: Work) -> Made:
    """Name a lot that is recalled; tell who holds it where that is asked."""
    lot = (await names_of(work)).id(work.options["lot_name"])
    if not work.options["who_holds"]:
        return Made(values={"lot": lot})
    answer = await work.client.query("trace", "who_holds", {"lot": lot})
    holders = answer["holders"]
    lines = [f"{row['custodian']} holds {row['things']} of lot {row['lot']}" for row in holders]
    return Made(values={"lot": lot}, report={"holders": holders}, notes=tuple(lines or ["nobody holds it"]))


async def read_lot(work: Work) -> Made:
    """Name a lot."""
    return Made(values={"lot": (await names_of(work)).id(work.options["lot_name"])})


async def read_lot_if_any(work: Work) -> Made:
    """Name a lot, where one is given."""
    lot = work.options["lot_name"]
    return Made(values={"lot": None if lot is None else (await names_of(work)).id(lot)})


async def read_thing(work: Work) -> Made:
    """Name a thing."""
    return Made(values={"thing": (await names_of(work)).id(work.options["identifier"])})


def events_of(file: Path) -> EventFile:
    """Read a file of events. ``FILE_UNREADABLE``, and what ``read_events`` raises."""
    return read_events(read_file(file, DOCUMENT_BYTES_MAX))


@click.command("events")
@click.argument("file", type=FILE)
@json_option
def events(file: Path, *, as_json: bool) -> None:
    """Show the hash of each event of a file, and the root over them; needs no node."""
    read = events_of(file)
    rows = [
        {"number": number, "type": event.name, "time_ms": time_ms, "hash": hash_uri(leaf)}
        for number, (event, leaf, time_ms) in enumerate(
            zip(read.events, read.leaves, read.times_ms, strict=True), 1
        )
    ]
    if as_json:
        show_json({"root": read.root.hex(), "events": rows})
        return
    for row in rows:
        print(f"{row['number']:>6}  {row['type']:<20}  {row['hash']}")
    print(f"root    {read.root.hex()}")


def _lot(*, required: bool = False) -> click.Option:
    return click.Option(["--lot", "lot_name"], metavar="LOT", required=required, help="Its lot.")


def _amounts(option: str, name: str, help_: str) -> click.Option:
    return click.Option([option, name], metavar="NAME=QUANTITY", multiple=True, help=help_)


def _reader(make: Make, *parameters: click.Parameter) -> FileReader:
    return FileReader(make=make, parameters=parameters)


_GOODS: Final = _reader(
    read_goods,
    NAMES,
    _lot(),
    click.Option(["--quantity"], metavar="Q", default="1", help="Of each, in its unit [default: 1]."),
    AT,
)
_THINGS: Final = _reader(read_things, NAMES, AT)
_PACKING: Final = _reader(read_packing, CONTAINER, NAMES, AT)

PART: Final = ClientPart(
    readers={
        "capture": _reader(
            read_capture,
            EVENTS,
            click.Option(["--to"], metavar="ORG", help="Who receives where an event does not say."),
            click.Option(["--root-only"], is_flag=True, help="Capture the root, move nothing."),
        ),
        "bring_in": _GOODS,
        "adopt": _GOODS,
        "certify": _reader(read_certified, NAMES),
        **dict.fromkeys(("ship", "receive", "refuse", "withdraw", "destroy", "take_over"), _THINGS),
        "pack": _PACKING,
        "unpack": _PACKING,
        "transform": _reader(
            read_transformation,
            _amounts("--input", "inputs", "What goes in; all of it without a quantity."),
            _amounts("--output", "outputs", "What comes out."),
            _amounts("--certified-output", "certified_outputs", "What comes out and is sold as certified."),
            _lot(required=True),
            AT,
        ),
        "declare_error": _reader(read_error, EVENTS, click.Argument(["number"], metavar="NUMBER", type=int)),
        "recall": _reader(
            read_recall,
            LOT_NAME,
            click.Option(["--who-holds"], is_flag=True, help="Show who holds it and what was made of it."),
        ),
        "lift": _reader(read_lot, LOT_NAME),
        "where": _reader(read_thing, ONE_NAME),
        "who_holds": _reader(read_lot, LOT_NAME),
        "lot": _reader(read_lot, LOT_NAME),
        "list": _reader(read_lot_if_any, _lot()),
    },
    commands=(events, history),
)
