"""The registry's part of the client: invoices and the financiers' key are read on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from p2pchain.cli.argument_types import FILE
from p2pchain.cli.modules.client_part import Beside, ClientPart, FileReader, Made, Work
from p2pchain.cli.registry.invoices import check, finance, register, release
from p2pchain.cli.session import Session
from p2pchain.client.financiers_key import (
    NEXT_KEY,
    keys_in_force,
    read_registry_key,
    read_registry_keys,
    recorded_epochs,
)
from p2pchain.client.node_client import Fields
from p2pchain.client.private_documents import PrivateDocuments
from p2pchain.client.registry import financed_minor, key_check, key_id, remaining_minor
from p2pchain.documents.amounts import amount_text
from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import Flag, Optional, Row, Text
from p2pchain.model.errors import Refused
from p2pchain.model.ids import ChainId

TEXT: Final = Text(bytes_max=1_000)
AMOUNT: Final = ("--amount", "amount")
INVOICE: Final = ("--invoice", "invoice")
OF_INVOICE: Final = ("number", "issue_date", "seller", "currency", "total", "financed", "remaining")
"""What this home knows of an invoice that it has read, and the amounts that its shares stand for."""
IN_A_LIST: Final = ("number", "total", "currency")


def _amount(help_: str) -> click.Option:
    return click.Option(AMOUNT, metavar="A", help=help_)


def _invoice() -> click.Option:
    return click.Option(
        INVOICE, type=FILE, metavar="FILE", help="The invoice, where this home never read it."
    )


async def compare_key(work: Work) -> Made:
    """Hold this home's keys against those of the chain. Raises as ``keys_in_force``."""
    keys = read_registry_keys(work.session.keys)
    if keys:
        keys_in_force(await recorded_epochs(work.client), keys, await _chain_id(work), work.session.keys)
    return Made(report={"own_key_ids": [key_id(key).hex() for key in keys]})


async def rotate_key(work: Work) -> Made:
    """Make the next epoch of the key in a file. ``REG_KEY_MISSING``.

    Every financier gets the next key first: while both live every document is registered under both.
    """
    path = work.options["new_key"] or work.session.keys / NEXT_KEY
    key = read_registry_key(path)
    if key is None:
        hint = "make one with: openssl rand -hex 32, and give it to every financier"
        raise Refused("REG_KEY_MISSING", {"path": str(path)}, hint)
    epochs = await recorded_epochs(work.client)
    epoch = (int(str(epochs[-1]["epoch"])) if epochs else 0) + 1
    check_value = key_check(key, await _chain_id(work), epoch)
    return Made(values={"epoch": epoch, "key_id": key_id(key), "check": check_value})


def invoice_beside(session: Session, answer: Fields) -> Mapping[str, Any]:
    """Return this home's knowledge of a document; null where it never read the invoice."""
    facts = PrivateDocuments(session.documents).find(str(answer["document"]))
    if facts is None:
        return {"private": None}
    total, currency = facts.total_minor, facts.currency
    financed, remaining = answer.get("financed_share"), answer["remaining_share"]
    known = {
        "number": facts.number,
        "issue_date": facts.issue_date,
        "seller": facts.seller.label,
        "currency": currency,
        "total": amount_text(total, currency),
        "financed": None if financed is None else amount_text(financed_minor(financed, total), currency),
        "remaining": amount_text(remaining_minor(remaining, total), currency),
    }
    return {"private": known}


def key_beside(session: Session, row: Fields) -> Mapping[str, Any]:
    """Return whether this home has the key of an epoch."""
    own = [key_id(key).hex() for key in read_registry_keys(session.keys)]
    return {"here": row["key_id"] in own}


def _invoice_field(names: tuple[str, ...]) -> Field:
    columns = tuple((name, TEXT) for name in names)
    return Field(name="private", kind=Optional(inner=Row(label="invoice", columns=columns)))


async def _chain_id(work: Work) -> ChainId:
    return ChainId(str((await work.client.status())["chain_id"]))


PART: Final = ClientPart(
    readers={
        "register": FileReader(
            make=register,
            parameters=(
                click.Argument(["file"], type=click.Path(path_type=Path)),
                click.Option(["--acknowledge-assigned"], is_flag=True, help="Whose claim it is was asked."),
            ),
        ),
        "finance": FileReader(
            make=finance,
            parameters=(
                _amount("In the invoice's currency, as in 250.33 [default: all that is due]."),
                _invoice(),
            ),
        ),
        "release": FileReader(
            make=release, parameters=(_amount("Only this much of it [default: all]."), _invoice())
        ),
        "rotate_key": FileReader(
            make=rotate_key,
            parameters=(
                click.Option(
                    ["--new-key"],
                    type=FILE,
                    help=f"The next key, 64 hexadecimal digits [default: keys/{NEXT_KEY} in the home].",
                ),
            ),
        ),
        "check": FileReader(make=check, parameters=(click.Argument(["which"], metavar="DOCUMENT|FILE"),)),
        "key": FileReader(make=compare_key),
    },
    beside={
        "show": Beside(fields=(_invoice_field(OF_INVOICE),), add=invoice_beside),
        "list": Beside(fields=(_invoice_field(IN_A_LIST),), add=invoice_beside),
        "key": Beside(fields=(Field(name="here", kind=Flag(label="this home has it")),), add=key_beside),
    },
)
