"""Whatever a block may hold can be stored, read back, sent, put into a snapshot and proven.

Every module's actions are driven to the largest block that the formats allow: budgets of work so high that
nothing but the bounds of ``p2pchain/model/bounds.py`` is left, and as many bytes and transactions as a chain
can be set to. ``docs/bounds.md`` is the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import HealthCheck, Phase, given, settings, target
from hypothesis import strategies as st

from p2pchain.business.software import MODULES
from p2pchain.codec.block import decode_block_record, encode_block_record, final_block_bytes
from p2pchain.codec.header import header_id
from p2pchain.codec.messages import decode_fetch_response, encode_blocks_response
from p2pchain.codec.parameters import PARAMETER_BOUNDS
from p2pchain.codec.snapshot import decode_chunk
from p2pchain.codec.transaction import assemble_transaction, decode_receipt, encode_receipt
from p2pchain.ledger.block_run import Execution
from p2pchain.ledger.snapshot import chunks
from p2pchain.model.block import Header
from p2pchain.model.bounds import (
    HEIGHT_BYTES_MAX,
    KEY_BYTES_MAX,
    RECEIPT_BYTES_MAX,
    RECEIPT_EVENTS_MAX,
    RECEIPT_FACTS_MAX,
    RECORD_BYTES_MAX,
)
from p2pchain.model.chain import Block, BlockRecord
from p2pchain.model.ids import SIGNATURE_BYTES, BlockId, Height, Round, Signature
from p2pchain.model.messages import FRAME_BYTES_MAX, BlocksResponse
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Operation, VerifiedTransaction
from p2pchain.model.validators import VALIDATORS_MAX
from p2pchain.model.voting import CommitCertificate
from p2pchain.storage.segments import DATA_BYTES_MAX
from tests.properties.heavy_blocks import HeavyMarket, Load, loads
from tests.unit.ledger.ledger_world import CHAIN_ID, key

LARGEST = Parameters(
    tx_lifetime=20,
    **{
        name: PARAMETER_BOUNDS[name][1]
        for name in (
            *("operation_work_max", "tx_work_max", "block_work_max"),
            *("block_bytes_max", "block_transactions_max"),
        )
    },
)
EXAMPLES = 2


class LargestMarket(HeavyMarket):
    """A market whose parameters are as high as they may be, and whose transactions are real bytes."""

    def transaction(
        self,
        signers: str | Sequence[str],
        *operations: Operation,
        nonce: int | None = None,
        valid_until: int | None = None,
        until_ms: int | None = None,
        chain_id: str = CHAIN_ID,
    ) -> VerifiedTransaction:
        """With as many signatures as signers, none of which is checked here."""
        made = super().transaction(
            signers,
            *operations,
            nonce=nonce,
            valid_until=valid_until,
            until_ms=until_ms,
            chain_id=chain_id,
        )
        body = made.transaction.body
        signatures = [bytes(SIGNATURE_BYTES) for _ in body.signers]
        return VerifiedTransaction(transaction=assemble_transaction(body, signatures))


@cache
def market() -> LargestMarket:
    """The market on which all blocks are built; none is committed."""
    return LargestMarket(LARGEST)


def recorded(execution: Execution) -> BlockRecord:
    """What the log keeps of a block."""
    header = Header(
        chain_id=CHAIN_ID,
        height=execution.height,
        time_ms=execution.time_ms,
        parent_id=BlockId(bytes(32)),
        proposer=key("bank-a consensus"),
        tx_root=bytes(32),
        state_root=execution.state_root,
        results_root=execution.results_root,
        validators_hash=bytes(32),
        next_validators_hash=bytes(32),
        certificate_hash=bytes(32),
        evidence_root=bytes(32),
        genesis_id=BlockId(bytes(32)),
    )
    name = header_id(header)
    certificate = CommitCertificate(
        height=Height(execution.height - 1),
        round=Round(0),
        block_id=BlockId(bytes(32)),
        signatures=tuple((index, Signature(bytes(SIGNATURE_BYTES))) for index in range(VALIDATORS_MAX)),
    )
    block = Block(
        header=header,
        block_id=name,
        transactions=execution.transactions,
        evidence=(),
        last_certificate=certificate,
    )
    return BlockRecord(
        block=block,
        certificate=replace(certificate, height=execution.height, block_id=name),
        receipts=execution.receipts,
        changes=execution.changes,
    )


def check(execution: Execution) -> int:
    """Everything that is made of a block is read back; bytes of its record."""
    record = recorded(execution)
    raw = encode_block_record(record)
    assert len(raw) <= HEIGHT_BYTES_MAX <= DATA_BYTES_MAX // 2
    assert decode_block_record(raw) == record
    final = final_block_bytes(raw)
    assert len(final) <= FRAME_BYTES_MAX
    answer = encode_blocks_response([final])
    assert len(answer) <= FRAME_BYTES_MAX
    assert isinstance(decode_fetch_response(answer), BlocksResponse)
    for receipt in execution.receipts:
        encoded = encode_receipt(receipt)
        assert len(encoded) <= RECEIPT_BYTES_MAX
        assert decode_receipt(encoded) == receipt
        assert len(receipt.events) <= RECEIPT_EVENTS_MAX
        assert len(receipt.facts) <= RECEIPT_FACTS_MAX
    written = {name: value for name, value in execution.changes if value is not None}
    assert max(map(len, written), default=0) <= KEY_BYTES_MAX
    assert max(map(len, written.values()), default=0) <= RECORD_BYTES_MAX
    read = [pair for chunk in chunks(written) for pair in decode_chunk(chunk)]
    assert dict(read) == written
    return len(raw)


@pytest.mark.parametrize("module", [module.name for module in MODULES if module.actions])
def test_the_largest_block_of_a_module_is_stored_and_read_back(module: str) -> None:
    kinds = loads(market())[module]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate, Phase.target],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(st.tuples(st.sampled_from(kinds), st.sampled_from((8, 24))), min_size=1, max_size=3))
    def search(mixture: list[tuple[Load, int]]) -> None:
        execution = market().built(market().waiting(mixture))
        target(check(execution), label="bytes of the record")

    search()


def test_the_largest_number_of_transactions_is_stored_and_read_back() -> None:
    """As many as a proposal names, each as small as one may be."""
    (note,) = [load for load in loads(market())["note"] if load.name == "note"]
    execution = market().built(market().waiting([(note, 1)]))
    assert len(execution.transactions) == PARAMETER_BOUNDS["block_transactions_max"][1]
    check(execution)
