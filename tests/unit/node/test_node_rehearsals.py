"""Rehearsed transactions: every refusal at once, before anybody has signed, and nothing is changed."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from p2pchain.business.software import MODULES
from p2pchain.cli.membership.admission import operations_of
from p2pchain.client.founding import collected
from p2pchain.client.member_file import MemberFile
from p2pchain.codec.transaction import assemble_transaction
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import ChainId, Height, OrgId
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Operation, TransactionBody
from p2pchain.node.face.rehearsals import Rehearsals
from tests.unit.client.test_client_member_files import CHAIN, key, member

FOUNDERS = ("bank-a", "bank-b", "buyer", "supplier")


def rehearsed(
    operations: list[Operation], *signers: str, chain_id: ChainId = CHAIN, ledger: Ledger | None = None
) -> Any:
    """What the ledger of four founders says; nobody signs."""
    ledger = ledger or Ledger.from_genesis(
        collected([member(org) for org in FOUNDERS], time_ms=1, parameters=Parameters()), MODULES
    )
    root = ledger.state_root
    body = TransactionBody(
        chain_id=chain_id,
        nonce=bytes(8),
        valid_until=Height(10),
        signers=tuple(account(org).public_key for org in signers),
        operations=tuple(operations),
    )
    tried = assemble_transaction(body, [bytes(64)] * len(signers))
    answer = trio.run(Rehearsals(ledger).rehearse, tried)
    assert (ledger.state_root, ledger.height) == (root, 0)
    return [(each["operation"], each["code"]) for each in answer["refusals"]]  # type: ignore[index,call-overload,union-attr]


def account(org: str) -> SigningKey:
    return key(f"{org} account")


def admission(org: str = "new-bank", keys: str = "") -> list[Operation]:
    newcomer: MemberFile = member(OrgId(org), keys=keys)
    return operations_of(newcomer, admitting=True, voting=True, no_spare=False)


def test_a_whole_admission_would_pass() -> None:
    assert rehearsed(admission(), "bank-a", "bank-b", "buyer") == []


def test_too_few_signers_are_seen_for_each_operation() -> None:
    told = rehearsed(admission(), "bank-a", "bank-b")
    assert [place for place, _ in told] == [0, 1, 2, 3, 4]
    assert len({code for _, code in told[:1]}) == 1


def test_every_refusal_is_told_at_once() -> None:
    """Keys of a member that is there already: all but the admission itself is refused."""
    told = rehearsed(admission(keys="buyer"), "bank-a", "bank-b", "buyer")
    assert [place for place, _ in told] == [1, 2, 3, 4]
    assert rehearsed(admission(org="buyer"), "bank-a", "bank-b", "buyer")[0][0] == 0


def test_unknown_signers_are_refused_whatever_is_asked() -> None:
    assert rehearsed(admission(), "stranger") == [(None, "TX_UNKNOWN_SIGNER")]


def test_another_chain_could_not_hold_it() -> None:
    with pytest.raises(Invalid, match="BLOCK_TX_"):
        rehearsed(admission(), "bank-a", chain_id=ChainId("other"))


async def test_the_node_goes_on_between_two_tries() -> None:
    """Sixty refusals are as many executions: whoever asks holds nothing up for longer than one."""
    ledger = Ledger.from_genesis(
        collected([member(org) for org in FOUNDERS], time_ms=1, parameters=Parameters()), MODULES
    )
    many = 60
    body = TransactionBody(
        chain_id=CHAIN,
        nonce=bytes(8),
        valid_until=Height(10),
        signers=(account("bank-a").public_key,),
        operations=(Operation(module="governance", action="cancel", args=(9,)),) * many,
    )
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(others)
        answer: Any = await Rehearsals(ledger).rehearse(assemble_transaction(body, [bytes(64)]))
        nursery.cancel_scope.cancel()
    assert len(answer["refusals"]) == many
    assert turns >= many - 1
