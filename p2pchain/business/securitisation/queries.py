"""Questions to the pools; they answer from the committed state, and of assets they name nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from p2pchain.business.encumbrance.module import RECEIVABLE as RECEIVABLE_SORT
from p2pchain.business.securitisation.asset_row import PooledAsset, assets_of
from p2pchain.business.securitisation.assets import places_held
from p2pchain.business.securitisation.fields import (
    ASSET,
    ISSUED,
    RECEIVABLE,
    STATES,
)
from p2pchain.business.securitisation.holding import HOLDING, credited_now, tranche_number
from p2pchain.business.securitisation.parties import is_lapsed, require_state
from p2pchain.business.securitisation.period_report import report_of
from p2pchain.business.securitisation.pool import (
    PARTY,
    POOL,
    Deal,
    Ledgered,
    Pool,
    account_of,
    deal_of,
    facts_of,
    pool_of,
    require,
    today,
)
from p2pchain.business.securitisation.refusals import StatementUnknown
from p2pchain.business.securitisation.statement import FIELDS, STATEMENT, statement_key, statement_of
from p2pchain.codec.cbor import decode
from p2pchain.ledger.context import View, namespace
from p2pchain.ledger.module import Json
from p2pchain.ledger.record import Record
from p2pchain.model.errors import Invalid, Refused, listed
from p2pchain.model.transaction import Value

PAGE_DEFAULT: Final = 50
PAGE_MAX: Final = 500
SCANNED_MAX: Final = 10_000
"""Most pools that one call of ``list`` looks at; ``next`` goes on where it stopped."""
CHECKED_MAX: Final = 512
"""Most assets of one question."""
CHECKED_BYTES_MAX: Final = 65_536
NAME: Final = "securitisation"
"""Name of the module, with which keys of the state begin."""
UNLISTED: Final = ("pool", "proof_key", "tranches")
"""What a line of a history leaves out of a statement."""


def answer_show(view: View, args: Mapping[str, Value]) -> Json:
    """Answer with one pool, its deal and its account, or ``SEC_UNKNOWN``."""
    pool = require(view, _octets(args, "pool"))
    answer = pool_json(view, pool)
    if not _has_deal(view, pool):
        return {**answer, **dict.fromkeys(_OF_DEAL), "tranches": []}
    deal, account = deal_of(view, pool), account_of(view, pool)
    return {
        **answer,
        "structure": deal.structure,
        "day_count": deal.day_count,
        "first_day": deal.first_day,
        "period": account.period,
        "end_day": account.end_day,
        "collected_minor": account.collected_minor,
        "fees_minor": account.fees_minor,
        "paid_minor": account.paid_minor,
        "reserve_minor": account.reserve_minor,
        "losses_minor": account.losses_minor,
        "substituted_minor": account.substituted_minor,
        "cash_minor": account.cash_minor,
        "trigger_hit": account.is_hit,
        "accelerated": account.is_accelerated,
        "tranches": tranches_json(deal, account),
    }


def answer_list(view: View, args: Mapping[str, Value]) -> Json:
    """Answer with a page of pools, ascending by id. ``org``: only those in which it has a part."""
    after, state, org, limit = args["after"], args["state"], args["org"], args["limit"]
    if state is not None and state not in STATES:
        raise Refused("QUERY_INVALID_ARGS", {"argument": "state", "expected": listed(STATES)})
    most = limit if isinstance(limit, int) else PAGE_DEFAULT
    page: list[Json] = []
    last: str | None = None
    for scanned, pool in enumerate(_pools(view, org, after)):
        if len(page) == most or scanned == SCANNED_MAX:
            return {"pools": page, "next": last}
        last = pool.key.hex()
        if state in (None, pool.state):
            page.append(pool_json(view, pool))
    return {"pools": page, "next": None}


def answer_statement(view: View, args: Mapping[str, Value]) -> Json:
    """Answer with the statement of a period, of the last one where none is named. ``SEC_UNKNOWN``,
    ``SEC_STATE``, ``SEC_STATEMENT_UNKNOWN``.
    """
    pool = require(view, _octets(args, "pool"))
    if not _has_deal(view, pool):
        require_state(pool, ISSUED)
    last = account_of(view, pool).period
    period = args["period"] or last
    assert isinstance(period, int), "the field takes an integer"
    record = statement_of(view, pool, period)
    if record is None:
        raise StatementUnknown(facts_of(pool, period=period, last=last))
    return statement_json(pool, period, record)


def answer_history(view: View, args: Mapping[str, Value]) -> Json:
    """Answer with the statements of a pool, the oldest first: a page after the period ``after``."""
    pool = require(view, _octets(args, "pool"))
    after, limit = args["after"], args["limit"]
    most = limit if isinstance(limit, int) else PAGE_DEFAULT
    prefix = STATEMENT + pool.key + b"/"
    start = prefix + after.to_bytes(2, "big") if isinstance(after, int) else None
    lines: list[Json] = []
    for key, record in view.walk(prefix, start):
        if len(lines) == most:
            return {"pool": pool.key.hex(), "statements": lines, "next": lines[-1]["period"]}
        statement = statement_json(pool, int.from_bytes(key[len(prefix) :], "big"), record)
        lines.append({name: value for name, value in statement.items() if name not in UNLISTED})
    return {"pool": pool.key.hex(), "statements": lines, "next": None}


def answer_holdings(view: View, args: Mapping[str, Value]) -> Json:
    """Answer with who holds a tranche, and what they were credited, after the last distribution."""
    pool = require(view, _octets(args, "pool"))
    require_state(pool, ISSUED)
    deal, account = deal_of(view, pool), account_of(view, pool)
    tranche, after, limit = args["tranche"], args["after"], args["limit"]
    assert isinstance(tranche, str), "the field takes text"
    number = tranche_number(pool, deal, tranche)
    most = limit if isinstance(limit, int) else PAGE_DEFAULT
    prefix = HOLDING + pool.key + b"/" + bytes((number,)) + b"/"
    start = prefix + after.encode() if isinstance(after, str) else None
    rows: list[Json] = []
    for key, _ in view.walk(prefix, start):
        if len(rows) == most:
            return _holders(pool, tranche, rows, rows[-1]["org"])
        org = key[len(prefix) :].decode()
        holding = credited_now(view, pool, deal, account, number, org)
        rows.append({"org": org, "units_minor": holding.units, "paid_minor": holding.paid_minor})
    return _holders(pool, tranche, rows, None)


def answer_report(view: View, args: Mapping[str, Value]) -> Json:
    """Answer with the report that is not distributed yet; ``SEC_STATEMENT_UNKNOWN`` where there is none."""
    pool = require(view, _octets(args, "pool"))
    stated = report_of(view, pool)
    if stated is None:
        raise StatementUnknown(facts_of(pool, period=None, last=None), "there is no report that waits")
    return {
        "pool": pool.key.hex(),
        "currency": pool.currency,
        "period": stated.period,
        "end_day": stated.end_day,
        "interest_minor": stated.interest_minor,
        "principal_minor": stated.principal_minor,
        "recoveries_minor": stated.recoveries_minor,
        "losses_minor": stated.losses_minor,
        "arrears_minor": stated.arrears_minor,
        "closing_minor": stated.closing_minor,
        "count": stated.count,
        "root": stated.root.hex(),
        "is_verified": stated.is_verified,
    }


def answer_check(view: View, args: Mapping[str, Value]) -> Json:
    """Answer with how many assets are encumbered anywhere, and of each the classes that are; nobody is named.
    ``assets``: encoded, in the order of ``ASSET``.
    """
    assets = _decoded(args["assets"])
    rows: list[Json] = []
    taken: dict[int, None] = {}
    for asset in assets:
        view.meter.stepped()
        own = () if asset.receivable is None else ((RECEIVABLE, RECEIVABLE_SORT + asset.receivable),)
        known = (*asset.hashed(), *asset.documented(), *own)
        for place, kind in places_held(view, tuple(thing for _, thing in known)):
            taken[asset.number] = None
            rows.append({"number": asset.number, "class": known[place][0], "encumbrance": kind})
    return {"taken_count": len(taken), "assets_count": len(assets), "taken": rows}


def pool_json(view: View, pool: Pool) -> dict[str, object]:
    """Show a pool as JSON does."""
    return {
        "pool": pool.key.hex(),
        "title": pool.title,
        "state": pool.state,
        "originator": pool.originator,
        "servicer": pool.servicer,
        "trustee": pool.trustee,
        "currency": pool.currency,
        "count": pool.count,
        "original_minor": pool.original_minor,
        "balance_minor": pool.balance_minor,
        "sealed_minor": pool.sealed_minor if pool.root is not None else None,
        "root": None if pool.root is None else pool.root.hex(),
        "lapse_day": pool.lapse_day,
        "lapsed": is_lapsed(view, pool),
        "asset_minor_max": pool.asset_minor_max,
        "maturity_day_max": pool.maturity_day_max,
        "arrears_days_max": pool.arrears_days_max,
        "today": today(view),
    }


def tranches_json(deal: Deal, account: Ledgered) -> list[Json]:
    """Show state of each tranche."""
    return [
        {
            "tranche": name,
            "amount_minor": amount,
            "rate": rate,
            "owed_minor": owed,
            "unpaid_minor": unpaid,
            "paid_minor": paid,
        }
        for (name, amount, rate), (owed, unpaid, paid) in zip(deal.tranches, account.tranches, strict=True)
    ]


def statement_json(pool: Pool, period: int, record: Record) -> dict[str, object]:
    """Show a statement as JSON does."""
    named = {item.name: value for item, value in zip(FIELDS, record, strict=True)}
    rows = named.pop("tranches")
    root = named["root"]
    assert isinstance(rows, tuple), f"statement {record!r}"
    assert isinstance(root, bytes), f"statement {record!r}"
    names = ("tranche", "interest_minor", "principal_minor", "owed_minor", "unpaid_minor")
    tranches = [dict(zip(names, row, strict=True)) for row in rows if isinstance(row, tuple)]
    key = namespace(NAME) + statement_key(pool.key, period)
    return {
        "pool": pool.key.hex(),
        "period": period,
        "proof_key": key.hex(),
        **named,
        "root": root.hex(),
        "tranches": tranches,
    }


_OF_DEAL: Final = (
    "structure",
    "day_count",
    "first_day",
    "period",
    "end_day",
    "collected_minor",
    "fees_minor",
    "paid_minor",
    "reserve_minor",
    "losses_minor",
    "substituted_minor",
    "cash_minor",
    "trigger_hit",
    "accelerated",
)


def _has_deal(view: View, pool: Pool) -> bool:
    return pool.state == ISSUED or view.get(b"deal/" + pool.key) is not None


def _holders(pool: Pool, tranche: str, rows: list[Json], after: object) -> Json:
    return {
        "pool": pool.key.hex(),
        "tranche": tranche,
        "currency": pool.currency,
        "holdings": rows,
        "next": after,
    }


def _pools(view: View, org: Value, after: Value) -> Iterator[Pool]:
    """All pools, or those of one organisation, above ``after``."""
    assert after is None or isinstance(after, bytes), "the field takes bytes"
    if isinstance(org, str):
        prefix = PARTY + org.encode() + b"/"
        for key, _ in view.walk(prefix, None if after is None else prefix + after):
            yield require(view, key[len(prefix) :])
        return
    for key, record in view.walk(POOL, None if after is None else POOL + after):
        yield pool_of(key[len(POOL) :], record)


def _decoded(assets: Value) -> tuple[PooledAsset, ...]:
    assert isinstance(assets, bytes), "the field takes bytes"
    refused = Refused("QUERY_INVALID_ARGS", {"argument": "assets", "kind": "assets", "most": CHECKED_MAX})
    try:
        rows = decode(assets, bytes_max=CHECKED_BYTES_MAX)
    except Invalid as fault:
        raise refused from fault
    if not isinstance(rows, tuple) or len(rows) > CHECKED_MAX or not all(map(ASSET.accepts, rows)):
        raise refused
    return assets_of(rows)  # type: ignore[arg-type]


def _octets(args: Mapping[str, Value], name: str) -> bytes:
    value = args[name]
    assert isinstance(value, bytes), "the field takes bytes"
    return value
