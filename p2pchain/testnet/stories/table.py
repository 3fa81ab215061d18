"""The stories that ``scripts/demo`` tells, one line each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from p2pchain.testnet.plan import MARKET, NetworkMember
from p2pchain.testnet.stories import certificate, consent, evidence, receivable, securitisation, title, trace
from p2pchain.testnet.stories.story import Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """One story. ``does``: what it shows, in a phrase; ``tell``: runs it, and raises
    ``LaunchFailed("DEMO_FAILED")`` where it goes otherwise; ``cast``: the organisations of its network, with
    the roles that their accounts have from genesis on.
    """

    name: str
    does: str
    tell: Callable[[Story], None]
    cast: Sequence[NetworkMember] = MARKET


DEMOS: Final = (
    Demo(
        name="certificate",
        does="the power of an hour is issued once, sold, and used up with consumption of that hour",
        tell=certificate.tell,
        cast=certificate.CAST,
    ),
    Demo(
        name="consent",
        does="a patient gives and takes back; data flow when it was recorded, at night and by day",
        tell=consent.tell,
        cast=consent.CAST,
    ),
    Demo(
        name="receivable",
        does="an invoice is accepted, split, pledged, discounted and paid",
        tell=receivable.tell,
    ),
    Demo(
        name="evidence",
        does="files are deposited, a court holds what nobody then erases, a judge verifies without a node",
        tell=evidence.tell,
        cast=evidence.CAST,
    ),
    Demo(
        name="title",
        does="a flat is offered, seized, freed, sold; its listing follows the title in the same block",
        tell=title.tell,
        cast=title.CAST,
    ),
    Demo(
        name="trace",
        does="goods go from hand to hand, flour is made of them, and a recall stops it",
        tell=trace.tell,
        cast=trace.CAST,
    ),
    Demo(
        name="securitisation",
        does="loans are pooled once, a waterfall pays, an investor proves its statement",
        tell=securitisation.tell,
        cast=securitisation.CAST,
    ),
)
