"""A small town with its registers, courts, banks and agents, and short ways to say what they do."""

from __future__ import annotations

from collections.abc import Sequence

from p2pchain.business.title.records import DAY_MS
from p2pchain.codec.title_ids import LISTING_NONCE_BYTES, listing_id, owner_commitment
from p2pchain.crypto.hashing import sha256
from p2pchain.model.genesis import Genesis
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Operation, Value
from tests.unit.ledger.ledger_world import CHAIN_ID, TIME_MS, operation, organisation
from tests.unit.ledger.receivable_steps import Market

TODAY = TIME_MS // DAY_MS
DISTRICT = "310115"
OTHER_DISTRICT = "110105"
ROLES = {
    "bureau": ("admin", "registrar", "validator"),
    "bureau-2": ("admin", "registrar", "validator"),
    "court": ("admin", "court", "validator"),
    "bank-a": ("admin", "financier", "validator"),
    "agent-a": ("admin", "agent", "validator"),
    "agent-b": ("admin", "agent", "validator"),
}
MEMBERS = tuple(ROLES)
SOURCE = sha256(b"instrument")
LI, WANG, ZHAO = (owner_commitment(bytes(16), name, "310101199001010011") for name in ("Li", "Wang", "Zhao"))
PRICE = 530_000_000
NONCES: dict[bytes, bytes] = {}
"""Of ids that ``listed_as`` made: what makes them."""


def a_town() -> Genesis:
    """Two bureaus, a court, a bank and two agents."""
    return Genesis(
        chain_id=CHAIN_ID,
        time_ms=TIME_MS,
        parameters=Parameters(tx_lifetime=20),
        organisations=tuple(organisation(org, roles) for org, roles in sorted(ROLES.items())),
    )


def unit_code(number: int, district: str = DISTRICT) -> str:
    """The code of a flat of the district."""
    return f"{district}001001GB00012F0003{number:04}"


HOME = unit_code(501)
"""The flat that most tests are about."""


def ttl(action: str, *args: Value) -> Operation:
    """One action on a title."""
    return operation("title", action, *args)


def lst(action: str, *args: Value) -> Operation:
    """One action on a listing."""
    return operation("listing", action, *args)


def register(unit: str = HOME, *shares: tuple[bytes, int]) -> Operation:
    """Enter a unit; Li's alone unless shares are given."""
    stated = shares or ((LI, 1),)
    owners, numerators = zip(*stated, strict=True)
    return ttl("register", unit, owners, numerators, sum(numerators), SOURCE)


def transfer(revision: int, giver: bytes, *takers: tuple[bytes, int], unit: str = HOME) -> Operation:
    """Hand the share of ``giver`` on."""
    owners, numerators = zip(*takers, strict=True)
    return ttl("transfer", unit, revision, giver, owners, numerators, sum(numerators), SOURCE)


def mortgage(rank: int = 1, org: str = "bank-a", unit: str = HOME) -> Operation:
    """A mortgage of a bank."""
    return ttl("record", unit, "mortgage", None, org, rank, 300_000_000, "CNY", TODAY, None, SOURCE)


def right(
    kind: str,
    *,
    holder: bytes | None = None,
    org: str | None = None,
    until: int | None = None,
    unit: str = HOME,
) -> Operation:
    """Any other right; ``until``: so many days from the beginning of the chain."""
    until_day = None if until is None else TODAY + until
    return ttl("record", unit, kind, holder, org, None, None, None, TODAY, until_day, SOURCE)


def discharge(kind: str, number: int, unit: str = HOME) -> Operation:
    """The right of this number ends."""
    return ttl("discharge", unit, kind, number, SOURCE)


def listed_as(text: str, by: str = "agent-a") -> bytes:
    """The id of the listing that stands for ``text``, where ``by`` opens it."""
    nonce = sha256(b"listing " + text.encode())[:LISTING_NONCE_BYTES]
    listing = listing_id(by, nonce)
    NONCES[listing] = nonce
    return listing


def offer(listing: bytes, *, revision: int = 1, days: int = 60, unit: str = HOME) -> Operation:
    """An agent offers a unit; ``listed_as`` made the id."""
    return lst("offer", NONCES[listing], unit, PRICE, "CNY", TODAY + days, revision, SOURCE)


def renew(listing: bytes, revision: int, days: int = 60) -> Operation:
    """An agent offers a unit on."""
    return lst("renew", listing, revision, TODAY + days)


def sign(listing: bytes, buyer: bytes = WANG, *, revision: int = 1, days: int = 30) -> Operation:
    """A sale is signed."""
    return lst("sign_sale", listing, revision, buyer, PRICE - 100, SOURCE, TODAY + days)


def authorise(agent: str, *, exclusive: bool = False, days: int = 90, unit: str = HOME) -> Operation:
    """The owners authorise an agent."""
    return lst("authorise", unit, agent, exclusive, TODAY + days, SOURCE)


class Town(Market):
    """A ledger of this town, whose district has a register, and whose agents are licensed."""

    def __init__(self, *, homes: Sequence[str] = (HOME,)) -> None:
        super().__init__(a_town())
        self.does(MEMBERS, ttl("assign", DISTRICT, "bureau"))
        for agent in ("agent-a", "agent-b"):
            self.does("bureau", lst("license", DISTRICT, agent, TODAY + 300))
        for home in homes:
            self.does("bureau", register(home))

    def authorised(self, *agents: str) -> None:
        """The owners of the home authorise these agents."""
        for agent in agents:
            self.does("bureau", authorise(agent))

    def offered(self, text: str = "offer", by: str = "agent-a", *, revision: int = 1) -> bytes:
        """An agent whom the owners authorise offers the home; the listing's id."""
        listing = listed_as(text, by)
        self.authorised(by)
        self.does(by, offer(listing, revision=revision))
        return listing

    def title(self, unit: str = HOME) -> dict[str, object]:
        """What the query tells of a title."""
        return self.ledger.query("title", "show", {"unit": unit}, None)

    def revision(self, unit: str = HOME) -> int:
        """The revision of a title."""
        revision = self.title(unit)["revision"]
        assert isinstance(revision, int)
        return revision

    def listing(self, listing: bytes) -> dict[str, object]:
        """What the query tells of a listing."""
        return self.ledger.query("listing", "show", {"listing": listing}, None)

    def finding(self, code: str) -> str:
        """What a buyer reads who scanned a code."""
        return str(self.ledger.query("listing", "check", {"code": code}, None)["finding"])
