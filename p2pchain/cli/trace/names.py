"""Identifiers, quantities and times as they are typed for traced goods."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import click

from p2pchain.cli.modules.client_part import Work
from p2pchain.client.node_client import NodeClient
from p2pchain.client.trace import Names
from p2pchain.documents.epcis import thousandths
from p2pchain.documents.epcis_hash import utc_time
from p2pchain.presentation.entry import ValueInvalid

PAGES_MAX: Final = 1_000
"""Most pages of company prefixes that are read, of 500 each."""
PAGE: Final = 500
AT: Final = click.Option(
    ["--at"], metavar="TIME", help="When it happened, such as 2027-05-23T10:00:00Z [default: now]."
)


async def names_of(work: Work) -> Names:
    """The company prefixes that the chain knows, for a command at work."""
    return await known_names(work.client)


async def known_names(client: NodeClient) -> Names:
    """The company prefixes that the chain knows."""
    owners: dict[str, str] = {}
    after: str | None = None
    for _ in range(PAGES_MAX):
        page = await client.query("trace", "prefixes", {"after": after, "limit": PAGE})
        owners.update({str(row["prefix"]): str(row["org"]) for row in page["prefixes"]})
        after = page["next"]
        if after is None:
            break
    return Names(owners)


async def remaining(work: Work, things: Sequence[bytes]) -> dict[bytes, int]:
    """Return what is left of each thing. Of one that is gone it is 1, so that the ledger refuses it.
    ``TRC_UNKNOWN``.
    """
    left = {}
    for thing in things:
        shown = await work.client.query("trace", "where", {"thing": thing})
        left[thing] = max(int(shown["quantity"]), 1)
    return left


def time_of(work: Work) -> int | None:
    """The time that was typed, in milliseconds; None for now. ``ValueInvalid``."""
    text = work.options["at"]
    if text is None:
        return None
    moment = utc_time(text)
    if moment is None:
        facts = {
            "argument": "at",
            "found": text,
            "expected": "a time with its zone",
        }
        raise ValueInvalid(facts)
    return int(moment.timestamp() * 1_000)


def quantity_of(text: str) -> int:
    """A quantity in thousandths; ``ValueInvalid``."""
    quantity = thousandths(text)
    if not quantity:
        facts = {"argument": "quantity", "found": text, "expected": "a number of at most three decimals"}
        raise ValueInvalid(facts)
    return quantity


def parse_amounts(texts: Sequence[str], *, needed: bool = False) -> Iterator[tuple[str, int | None]]:
    """Identifiers with their quantities, None for all of it; ``ValueInvalid`` where one is ``needed``."""
    for text in texts:
        uri, sign, quantity = text.rpartition("=")
        if sign:
            yield uri, quantity_of(quantity)
        elif needed:
            facts = {"argument": "output", "found": text, "expected": "NAME=QUANTITY"}
            raise ValueInvalid(facts)
        else:
            yield text, None
