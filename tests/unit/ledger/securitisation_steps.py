"""A desk, its servicer, trustee and investors, and short ways to say what they do with pools."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from p2pchain.business.securitisation.fields import AssetRow
from p2pchain.codec.cbor import encode
from p2pchain.codec.pool_ids import POOL_NONCE_BYTES, asset_leaf, assets_digest, pool_id
from p2pchain.crypto.hashing import sha256
from p2pchain.crypto.merkle import merkle_root
from p2pchain.model.genesis import Genesis
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Operation, Value
from tests.unit.ledger.ledger_world import CHAIN_ID, TIME_MS, fingerprint, organisation
from tests.unit.ledger.receivable_steps import TODAY, Market
from tests.unit.ledger.receivable_steps import issue as owe
from tests.unit.ledger.receivable_steps import name as receivable_name
from tests.unit.ledger.registering import KEY_ID, doc, register

DESK, SERVICER, TRUSTEE, FUND, BUYER = "desk", "servicer", "trustee", "fund", "buyer"
AGENT = "agent"
"""Serves and watches pools, validates nothing, and may leave."""
NONCE = sha256(b"pool")[:POOL_NONCE_BYTES]
POOL = pool_id(DESK, NONCE)
KEYS = ((1, KEY_ID),)
BOTH = (DESK, TRUSTEE)
MATURITY = TODAY + 3_000
ROOT = fingerprint("report")


def a_desk(tx_bytes_max: int = 65_536) -> Genesis:
    """A structuring desk that is a bank, a servicer, a trustee, an investor, and a firm that owes."""
    validates = ("admin", "validator")
    return Genesis(
        chain_id=CHAIN_ID,
        time_ms=TIME_MS,
        parameters=Parameters(tx_lifetime=20, tx_bytes_max=tx_bytes_max),
        organisations=(
            replace(organisation(AGENT, ("admin", "servicer", "trustee")), nodes=()),
            organisation(BUYER, (*validates, "issuer")),
            organisation(DESK, (*validates, "financier", "issuer", "originator")),
            organisation(FUND, (*validates, "originator", "financier")),
            organisation(SERVICER, (*validates, "servicer")),
            organisation(TRUSTEE, (*validates, "trustee", "financier", "auditor")),
        ),
    )


def act(action: str, *args: Value) -> Operation:
    """One action of the module."""
    return Operation(module="securitisation", action=action, args=args)


def loan(
    text: str,
    balance: int = 100_000,
    *,
    original: int | None = None,
    car: str | None = None,
    documents: Sequence[bytes] = (),
    receivable: bytes | None = None,
    maturity: int = MATURITY,
    arrears: int = 0,
    epoch: int = 1,
) -> AssetRow:
    """A loan that stands for a text, on a car that stands for another; with an empty text no contract."""
    contracts = (fingerprint(f"contract {text}"),) if text else ()
    cars = () if car is None else (fingerprint(f"car {car}"),)
    made = balance if original is None else original
    hashed = epoch if contracts or cars else 0
    return (hashed, contracts, cars, tuple(documents), receivable, made, balance, maturity, arrears)


def loans(count: int, balance: int = 100_000, prefix: str = "loan") -> tuple[AssetRow, ...]:
    """So many loans of one balance."""
    return tuple(loan(f"{prefix} {number}", balance) for number in range(count))


def root_of(assets: Sequence[AssetRow], pool: bytes = POOL) -> bytes:
    """The root over assets, as client and trustee compute it."""
    return merkle_root([asset_leaf(pool, asset) for asset in assets])


def create(
    nonce: bytes = NONCE,
    *,
    servicer: str = SERVICER,
    trustee: str = TRUSTEE,
    currency: str = "EUR",
    largest: int | None = None,
    latest: int | None = None,
    arrears: int | None = None,
) -> Operation:
    """Begin a pool."""
    return act("create", nonce, "Autos 1", servicer, trustee, currency, largest, latest, arrears)


def add(assets: Sequence[AssetRow], pool: bytes = POOL, keys: Value = KEYS) -> Operation:
    """Put assets in."""
    return act("add", pool, keys, tuple(assets))


def seals(action: str, assets: Sequence[AssetRow], pool: bytes = POOL, **other: Value) -> Operation:
    """Seal or accept these assets; ``other``: values that differ."""
    values: dict[str, Value] = {
        "count": len(assets),
        "original": sum(asset[5] for asset in assets),
        "balance": sum(asset[6] for asset in assets),
        "root": root_of(assets, pool),
        "digest": assets_digest(pool, assets),
    }
    return act(action, pool, *{**values, **other}.values())


def issue(
    amounts: Sequence[int],
    *,
    pool: bytes = POOL,
    names: Sequence[str] | None = None,
    rates: Sequence[int] | None = None,
    structure: str = "sequential",
    day_count: str = "act/360",
    first_day: int = TODAY,
    fee_rate: int | None = None,
    fee: int | None = None,
    reserve: int | None = None,
    losses: int | None = None,
    arrears: int | None = None,
    substitution: int | None = None,
    clean_up: int | None = None,
) -> Operation:
    """Issue tranches of these amounts."""
    named = tuple(names or ("A", "B", "C", "D")[: len(amounts)])
    of_rates = tuple(rates or (0,) * len(amounts))
    return act(
        "issue",
        pool,
        named,
        tuple(amounts),
        of_rates,
        structure,
        day_count,
        first_day,
        fee_rate,
        fee,
        reserve,
        losses,
        arrears,
        substitution,
        clean_up,
    )


def report(
    period: int,
    end_day: int,
    closing: int,
    *,
    pool: bytes = POOL,
    interest: int = 0,
    principal: int = 0,
    recoveries: int = 0,
    losses: int = 0,
    arrears: int = 0,
    count: int = 1,
    root: bytes = ROOT,
) -> Operation:
    """Report a period; what is 0 is left out."""
    amounts = (interest, principal, recoveries, losses, arrears)
    return act("report", pool, period, end_day, *(amount or None for amount in amounts), closing, count, root)


def verify(
    period: int,
    closing: int,
    collected: int,
    *,
    pool: bytes = POOL,
    count: int = 1,
    root: bytes = ROOT,
) -> Operation:
    """Verify it."""
    return act("verify", pool, period, collected or None, closing, count, root)


class Deal(Market):
    """A ledger on which the desk has made a pool, and the key that financiers share is known."""

    def __init__(self, genesis: Genesis | None = None) -> None:
        super().__init__(genesis or a_desk())
        self.does(
            DESK, Operation(module="registry", action="set_key", args=(1, KEY_ID, fingerprint("key check")))
        )
        self.does(DESK, create())

    def accepted(self, assets: Sequence[AssetRow], pool: bytes = POOL) -> None:  # type: ignore[override]
        """The pool is filled, sealed and accepted."""
        self.does(DESK, add(assets, pool), seals("seal", assets, pool))
        self.does(TRUSTEE, seals("accept", assets, pool))

    def issued(self, assets: Sequence[AssetRow], amounts: Sequence[int], **terms: Any) -> None:
        """And tranches are issued on it."""
        self.accepted(assets)
        self.does(DESK, issue(amounts, **terms))

    def month(self, number: int, closing: int, **amounts: Any) -> None:
        """A period of 30 days is reported, verified and distributed."""
        self.later(30)
        end_day = TODAY + 30 * number
        collected = sum(amounts.get(name, 0) for name in ("interest", "principal", "recoveries"))
        self.does(
            (SERVICER, TRUSTEE),
            report(number, end_day, closing, **amounts),
            verify(number, closing, collected),
            act("distribute", POOL),
        )

    def show(self, pool: bytes = POOL) -> dict[str, Any]:
        """What the query tells of a pool."""
        return dict(self.ledger.query("securitisation", "show", {"pool": pool}, None))

    def statement(self, period: int | None = None) -> dict[str, Any]:
        """What the query tells of a period."""
        return dict(self.ledger.query("securitisation", "statement", {"pool": POOL, "period": period}, None))

    def held(self, tranche: str) -> dict[str, tuple[int, int]]:
        """(units, credited) by holder of a tranche."""
        told = self.ledger.query("securitisation", "holdings", {"pool": POOL, "tranche": tranche}, None)
        return {row["org"]: (row["units_minor"], row["paid_minor"]) for row in told["holdings"]}

    def checks(self, assets: Sequence[AssetRow]) -> dict[str, Any]:
        """What the query tells of assets."""
        args: dict[str, Value] = {"assets": encode(tuple(assets))}
        return dict(self.ledger.query("securitisation", "check", args, None))


def agent_leaves() -> Operation:
    """The agent is no member any more."""
    return Operation(module="membership", action="remove_organisation", args=(AGENT,))


def a_life() -> Deal:
    """A deal in which every step was taken at least once, and a receivable of its own that was pooled."""
    deal = Deal()
    deal.does(DESK, register("inv"))
    item = receivable_name("pooled", DESK)
    deal.does(DESK, owe(item, debtor=BUYER, creditor=DESK, amount=5_000, currency="EUR", document=doc("inv")))
    deal.does(BUYER, Operation(module="receivable", action="accept", args=(item,)))
    own = loan("", 5_000, receivable=item, maturity=TODAY + 180)
    assets = (*loans(9), loan("with car", car="red"))
    deal.does(DESK, add((own, *assets)))
    deal.does(DESK, act("drop", POOL, (own,)), act("rename", POOL, KEYS, assets, assets))
    deal.does(DESK, seals("seal", assets), act("reopen", POOL), seals("seal", assets))
    deal.does(TRUSTEE, seals("accept", assets))
    deal.does(DESK, issue((600_000, 300_000), losses=10_000, substitution=200_000, clean_up=950_000))
    deal.does(DESK, act("transfer_units", POOL, "A", DESK, FUND, 100_000))
    deal.does(BOTH, act("substitute", POOL, 100_000, KEYS, assets[:1], loans(1, prefix="new")))
    deal.does(BOTH, act("repurchase", POOL, 50_000, 50_000, assets[1:2]))
    deal.does((SERVICER, TRUSTEE), act("release", POOL, assets[2:3]))
    deal.later(30)
    first = report(1, TODAY + 30, 850_000, principal=80_000, losses=20_000, interest=3_000)
    deal.does(SERVICER, first)
    deal.does(TRUSTEE, act("reject", POOL, 1))
    deal.does(SERVICER, first)
    deal.does(TRUSTEE, verify(1, 850_000, 83_000), act("distribute", POOL), act("accelerate", POOL))
    deal.does(BOTH, act("clean_up", POOL, 850_000))
    deal.month(2, 0)
    deal.does(TRUSTEE, act("close", POOL))
    deal.does(FUND, create(servicer=AGENT))
    other = pool_id(FUND, NONCE)
    members = (BUYER, DESK, FUND, TRUSTEE)
    deal.does(members, agent_leaves(), act("replace_party", other, "servicer", SERVICER))
    deal.does(FUND, add(loans(1, prefix="theirs"), other))
    return deal
