"""Queries of the membership."""

from __future__ import annotations

from collections.abc import Mapping

from p2pchain.ledger.consortium.membership.claims import LEI, USCC, Claim, claims_of, rivals_of
from p2pchain.ledger.consortium.membership.freezing import frozen_by
from p2pchain.ledger.consortium.membership.names import is_frozen
from p2pchain.ledger.consortium.membership.records import (
    ACCOUNT,
    NODE,
    ORGANISATION,
    account_of,
    members_of,
    texts,
    validators_of,
)
from p2pchain.ledger.context import View
from p2pchain.ledger.module import Json
from p2pchain.ledger.refusals import AccountUnknown
from p2pchain.model.transaction import Value


def answer_organisations(view: View, args: Mapping[str, Value]) -> Json:
    """``{"organisations": [{"org", "legal_name", "lei", "uscc", "claims", "frozen_by", "roles", "accounts":
    [{"name", "public_key", "roles", "frozen", "frozen_by"}], "nodes": [names]}]}``: ``lei`` and ``uscc`` are
    the confirmed ones, ``claims`` all: ``{"kind", "number", "confirmed_by", "expired", "rivals"}``.
    """
    accounts: dict[str, list[Json]] = {}
    for key, (name, org, roles) in view.walk(ACCOUNT):
        public_key = key[len(ACCOUNT) :]
        account: Json = {"name": name, "public_key": public_key.hex(), "roles": list(texts(roles))}
        account["frozen"] = is_frozen(view, str(org), str(name))
        account["frozen_by"] = frozen_by(view, str(org), str(name))
        accounts.setdefault(str(org), []).append(account)
    nodes: dict[str, list[str]] = {}
    for _, (name, org, _) in view.walk(NODE):
        nodes.setdefault(str(org), []).append(str(name))
    organisations = []
    for key, (legal_name, roles) in view.walk(ORGANISATION):
        org = key[len(ORGANISATION) :].decode()
        claims = claims_of(view, org)
        confirmed = {claim.kind: claim.number for claim in claims if claim.confirmed_by is not None}
        organisations.append(
            {
                "org": org,
                "legal_name": legal_name,
                "lei": confirmed.get(LEI),
                "uscc": confirmed.get(USCC),
                "claims": [claim_json(view, org, claim) for claim in claims],
                "frozen_by": frozen_by(view, org, None),
                "roles": list(texts(roles)),
                "accounts": sorted(accounts.get(org, []), key=lambda account: str(account["name"])),
                "nodes": sorted(nodes.get(org, [])),
            }
        )
    return {"organisations": organisations}


def claim_json(view: View, org: str, claim: Claim) -> Json:
    """A claim with its rivals; ``confirmed_by``: a member, ``quorum``, or null."""
    return {
        "kind": claim.kind,
        "number": claim.number,
        "confirmed_by": "quorum" if claim.confirmed_by == "" else claim.confirmed_by,
        "expired": claim.is_expired(view.time_ms),
        "rivals": list(rivals_of(view, claim.number, org)),
    }


def answer_account(view: View, args: Mapping[str, Value]) -> Json:
    """``{"name", "org", "roles", "public_key", "frozen"}`` of ``public_key``, or of whoever asks;
    ``Refused("ACCOUNT_UNKNOWN")``.
    """
    public_key = args["public_key"]
    if isinstance(public_key, bytes):
        account = account_of(view, public_key)
    else:
        account = view.accounts[0] if view.accounts else None
    if account is None:
        raise AccountUnknown({"public_key": public_key.hex() if isinstance(public_key, bytes) else None})
    return {
        "name": account.name,
        "org": account.org,
        "roles": list(account.roles),
        "public_key": account.public_key.hex(),
        "frozen": account.frozen,
    }


def answer_validators(view: View, args: Mapping[str, Value]) -> Json:
    """``{"height", "validators": [{"consensus_key", "power", "org", "node", "in_force"}]}``, ascending by
    key: the validators as the last block left them; ``in_force``: whether they stand in the set of the next
    block already. Those that only stand there still have ``leaving`` true, all others false.
    """
    newest = {member.public_key: member for member in validators_of(view).members}
    standing = {member.public_key: member for member in view.setting.validators.members}
    nodes = {member.consensus_key: member.name for member in members_of(view)}
    validators: list[Json] = []
    for key in sorted({**newest, **standing}):
        member = newest.get(key) or standing[key]
        validators.append(
            {
                "consensus_key": key.hex(),
                "power": member.power,
                "org": member.org,
                "node": nodes.get(key),
                "in_force": key in standing,
                "leaving": key not in newest,
            }
        )
    return {"height": view.height, "validators": validators}
