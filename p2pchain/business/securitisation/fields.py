"""Kinds of the fields that messages, events, records and answers of the pools share."""

from __future__ import annotations

from typing import Annotated, Final

from p2pchain.business.securitisation.day_count import DAY_COUNTS
from p2pchain.business.securitisation.waterfall import MILLION, STRUCTURES
from p2pchain.codec.pool_ids import POOL_ID_BYTES
from p2pchain.codec.receivable_ids import ID_BYTES
from p2pchain.ledger.fields import Entry, Field
from p2pchain.ledger.kinds import (
    Amount,
    Array,
    Choice,
    Currency,
    Day,
    Flag,
    Hash,
    Id,
    Integer,
    Kind,
    Optional,
    Organisation,
    Row,
    Share,
    Text,
)
from p2pchain.model.ids import HASH_BYTES

MONEY_MAX: Final = 10**15
"""Largest balance, price or collection, in minor units: sums of ``PERIODS_MAX`` periods stay an integer."""
PERIODS_MAX: Final = 1_200
"""Most periods of a deal: a hundred years of months."""
TRANCHES_MAX: Final = 16
ROWS_MAX: Final = 1_200
"""Most assets of one operation; what its budget of work allows may be less."""
NAMED_MAX: Final = 16
"""Most hashes of one class of one asset: of several things, each under the keys in force."""
ASSETS_MAX: Final = 10_000_000
TITLE_BYTES_MAX: Final = 64
TRANCHE_BYTES_MAX: Final = 16
ARREARS_DAYS_MAX: Final = 10_000
EPOCHS_MAX: Final = 2
EPOCH_MAX: Final = 2**31 - 1

OPEN: Final = "open"
SEALED: Final = "sealed"
ACCEPTED: Final = "accepted"
ISSUED: Final = "issued"
CLOSED: Final = "closed"
STATES: Final = (OPEN, SEALED, ACCEPTED, ISSUED, CLOSED)

CONTRACT: Final = "contract"
COLLATERAL: Final = "collateral"
DOCUMENT: Final = "document"
RECEIVABLE: Final = "receivable"

ID: Final = Id(size=POOL_ID_BYTES, of="securitisation.pool", help="id of the pool")
STATE: Final = Choice(words=STATES)
TITLE: Final = Text(bytes_max=TITLE_BYTES_MAX, help="name of the deal, for people")
CURRENCY: Final = Currency(help="code of ISO 4217, such as CNY")
ROOT: Final = Hash(help="root over the assets (RFC 6962)")
COUNT: Final = Integer(high=ASSETS_MAX, unit="assets", help="how many assets there are")
PERIOD: Final = Integer(low=1, high=PERIODS_MAX, help="number of the period, from 1")
TRANCHE: Final = Text(bytes_max=TRANCHE_BYTES_MAX, help="name of the tranche, such as A1")
STRUCTURE: Final = Choice(words=STRUCTURES, help="how principal is divided among the tranches")
DAY_COUNT: Final = Choice(words=DAY_COUNTS, help="day count of interest and fees")
FLAG: Final = Flag()


def money(help_: str = "", *, low: int = 0, currency: str = "currency") -> Amount:
    """Make the kind of an amount of a pool. ``currency``: as in ``Amount``."""
    return Amount(low=low, high=MONEY_MAX, currency=currency, help=help_)


def typed(help_: str) -> Amount:
    """Make the kind of an amount above zero in the currency of the pool that an action names."""
    return money(help_, low=1, currency="")


def rate(help_: str) -> Share:
    """Make the kind of a part of a million, which a person gives as a percentage."""
    return Share(low=0, high=MILLION, help=help_)


def nullable(kind: Kind) -> Optional:
    """Make a kind one that may be null."""
    return Optional(inner=kind, label=kind.label, help=kind.help)


def field(name: str, kind: Kind) -> Field:
    """Make a field of a record, event or answer."""
    return Field(name=name, kind=kind)


ASSET: Final = Row(
    columns=(
        ("epoch", Integer(high=EPOCH_MAX, help="newest key of the financiers under which it is named")),
        ("contract", Array(inner=Hash(), most=NAMED_MAX, help="keyed hashes of its contract")),
        ("collateral", Array(inner=Hash(), most=NAMED_MAX, help="keyed hashes of what secures it")),
        ("document", Array(inner=Id(size=HASH_BYTES, of="registry.document"), most=NAMED_MAX)),
        ("receivable", Optional(inner=Id(size=ID_BYTES, of="receivable.receivable"))),
        ("original_minor", money("balance when it was made")),
        ("balance_minor", money("balance when it is added")),
        ("maturity_day", Day(help="last day on which it is due")),
        ("arrears_days", Integer(high=ARREARS_DAYS_MAX, unit="days", help="how long it is in arrears")),
    ),
    help="an asset: what it is known by, and what is owed on it",
)
ASSETS: Final = Array(inner=ASSET, most=ROWS_MAX, least=1, help="the assets, as the file has them")
KEYS: Final = Array(
    inner=Row(columns=(("epoch", Integer(low=1, high=EPOCH_MAX)), ("key_id", Hash()))),
    most=EPOCHS_MAX,
    help="keys of the financiers under which they are named",
)

AssetRow = tuple[
    int,
    tuple[bytes, ...],
    tuple[bytes, ...],
    tuple[bytes, ...],
    bytes | None,
    int,
    int,
    int,
    int,
]
"""An asset, in the order of ``ASSET``."""
PoolId = Annotated[bytes, ID, Entry(is_argument=True)]
"""The pool that a message is about."""
Assets = Annotated[tuple[AssetRow, ...], ASSETS, Entry(is_made=True)]
"""Assets that the client read from a file."""
CountMade = Annotated[int, COUNT, Entry(is_made=True)]
DigestMade = Annotated[
    bytes, Hash(label="digest", help="digest of the assets, in whatever order"), Entry(is_made=True)
]
RootMade = Annotated[bytes, ROOT, Entry(is_made=True)]
MoneyMade = Annotated[int, money("balance of the assets", currency=""), Entry(is_made=True)]
ORG: Final = Organisation(help="who did it")
