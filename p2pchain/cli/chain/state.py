"""``state get``: one record of the state, in the words of its declaration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from p2pchain.cli.declarations import readable_modules
from p2pchain.cli.exits import NOT_FOUND
from p2pchain.cli.files import write_new_file
from p2pchain.cli.groups import Group
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import facts, new_console, show_json
from p2pchain.cli.session import Session
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.ledger.record import read_record
from p2pchain.presentation.directory import Directory
from p2pchain.presentation.printable import value_text
from p2pchain.presentation.proven_records import record_lines
from p2pchain.presentation.state_keys import key_text, keys_meant
from p2pchain.presentation.values import json_of, named_words


@click.group(cls=Group)
def state() -> None:
    """Look at single records of the state."""


@state.command()
@click.argument("key")
@click.option("--hex", "as_hex", is_flag=True, help="KEY is hexadecimal, not text.")
@click.option(
    "--proof",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the proof file of it, a new one, as proof get does.",
)
@json_option
@click.pass_obj
def get(session: Session, key: str, as_hex: bool, proof: Path | None, as_json: bool) -> int:
    """Show what stands under KEY after the newest block: module/record/part..., where parts that are bytes
    are in hexadecimal, as membership/organisation/bank-a. Exit 7 where nothing does.
    """
    directory = Directory(readable_modules())
    keys = (_octets(key),) if as_hex else keys_meant(directory, key)

    async def asked(client: NodeClient) -> tuple[Fields, bytes | None]:
        answers = [await client.get(f"/v1/state?key={meant.hex()}") for meant in keys]
        answer = next((one for one in answers if one["value"] is not None), answers[0])
        proven = None if proof is None else await client.prove((bytes.fromhex(answer["key"]),))
        return answer, proven

    answer, proven = session.ask(asked)
    if proof is not None and proven is not None:
        write_new_file(proof, proven)
    described = describe_record(directory, answer)
    if as_json:
        show_json(described)
    else:
        _draw(described, None if proof is None else proof)
    return 0 if answer["value"] is not None else NOT_FOUND


def describe_record(directory: Directory, answer: Fields) -> dict[str, Any]:
    """Name and decode what the node answered: ``record``, ``fields`` by name, ``says``."""
    key = bytes.fromhex(answer["key"])
    values = None if answer["value"] is None else read_record(bytes.fromhex(answer["value"]))
    known = directory.record(key)
    fields: dict[str, Any] = {}
    words: dict[str, str] = {}
    if known is not None:
        _, record, in_key = known
        declared, stands = [*record.key], [*in_key]
        if values is not None and not record.is_table and len(values) == len(record.fields):
            declared, stands = [*record.key, *record.fields], [*in_key, *values]
        fields = {field.name: json_of(value) for field, value in zip(declared, stands, strict=True)}
        words = named_words(declared, stands)
    return {
        **answer,
        "readable": key_text(directory, key),
        "record": None if known is None else f"{known[0].name}.{known[1].name}",
        "fields": fields,
        "values": None if values is None else json_of(values),
        "says": record_lines(directory, {key: values}).get(key, []),
        "words": words,
    }


def _draw(described: dict[str, Any], proof: Path | None) -> None:
    pairs: list[tuple[str, object]] = [
        ("key", described["readable"]),
        ("in hexadecimal", described["key"]),
        ("record", described["record"]),
        ("after block", described["height"]),
    ]
    if described["values"] is None:
        pairs.append(("", "nothing stands under this key"))
    elif described["words"]:
        pairs += [(f"  {name}", words) for name, words in described["words"].items()]
    else:
        pairs.append(("values", value_text(described["values"])))
    pairs += [("says" if index == 0 else "", line) for index, line in enumerate(described["says"])]
    if proof is not None:
        pairs.append(
            ("proof", f"wrote {proof}; to check it: p2pchain proof verify {proof} --genesis genesis.json")
        )
    facts(new_console(), pairs)


def _octets(text: str) -> bytes:
    try:
        octets = bytes.fromhex(text)
    except ValueError:
        octets = b""
    if not octets:
        raise click.UsageError(f"{text!r} is not hexadecimal")
    return octets
