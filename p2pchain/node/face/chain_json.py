"""Chain objects as JSON: hex for bytes, plain words for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from p2pchain.control.port import Json
from p2pchain.ledger.record import read_record
from p2pchain.ledger.system import EVIDENCE
from p2pchain.model.chain import BlockRecord
from p2pchain.model.transaction import Operation, Receipt, Value
from p2pchain.model.validators import ValidatorSet
from p2pchain.model.voting import VoteKind
from p2pchain.net.events import PeerStatistics

OPERATION_ARGS_SHOWN_MAX = 64


def value_json(value: Value) -> Json:
    """Bytes as hex, arrays as lists, the rest as it is."""
    match value:
        case bytes():
            return value.hex()
        case tuple():
            return [value_json(item) for item in value]
        case _:
            return value


def receipt_json(receipt: Receipt) -> Mapping[str, Json]:
    """``code``, ``facts`` by name, ``events``."""
    return {
        "code": receipt.code,
        "facts": {name: value_json(value) for name, value in receipt.facts},
        "events": [
            {
                "module": event.module,
                "name": event.name,
                "fields": [value_json(field) for field in event.fields],
            }
            for event in receipt.events
        ],
    }


def final_tx_json(record: BlockRecord, index: int) -> Mapping[str, Json]:
    """A transaction in its block, with its receipt."""
    transaction = record.block.transactions[index].transaction
    return {
        "tx_id": transaction.tx_id.hex(),
        "status": "committed",
        "height": record.block.height,
        "index": index,
        "block_id": record.block.block_id.hex(),
        "time_ms": record.block.header.time_ms,
        "signers": [signer.hex() for signer in transaction.body.signers],
        "operations": operations_json(transaction.body.operations),
        **receipt_json(record.receipts[index]),
    }


def evidence_json(key: bytes, value: bytes) -> Mapping[str, Json]:
    """A recorded equivocation, from its key and record in the state (see ``ledger.system``)."""
    place = key.removeprefix(EVIDENCE)
    first, second, recorded = read_record(value)
    return {
        "validator": place[17:].hex(),
        "height": int.from_bytes(place[:8], "big"),
        "round": int.from_bytes(place[8:16], "big"),
        "kind": VoteKind(place[16]).name.lower(),
        "blocks": [value_json(first), value_json(second)],
        "recorded_at": value_json(recorded),
    }


def operations_json(operations: Sequence[Operation]) -> Sequence[Json]:
    """Module, action and arguments of each."""
    return [
        {
            "module": operation.module,
            "action": operation.action,
            "args": [value_json(arg) for arg in operation.args[:OPERATION_ARGS_SHOWN_MAX]],
        }
        for operation in operations
    ]


def block_json(record: BlockRecord, validators: ValidatorSet | None) -> Mapping[str, Json]:
    """Header, certificate and transactions with their codes; ``validators``: those of its height, to name
    who proposed and signed, None where they are not known any more.
    """
    header, certificate = record.block.header, record.certificate
    members = () if validators is None else validators.members
    orgs = {member.public_key: member.org for member in members}
    return {
        "height": header.height,
        "block_id": record.block.block_id.hex(),
        "time_ms": header.time_ms,
        "round": certificate.round,
        "proposer": header.proposer.hex(),
        "proposer_org": orgs.get(header.proposer),
        "parent_id": header.parent_id.hex(),
        "tx_root": header.tx_root.hex(),
        "state_root": header.state_root.hex(),
        "results_root": header.results_root.hex(),
        "validators_hash": header.validators_hash.hex(),
        "next_validators_hash": header.next_validators_hash.hex(),
        "certificate_hash": header.certificate_hash.hex(),
        "evidence_root": header.evidence_root.hex(),
        "evidence": len(record.block.evidence),
        "signed_by": [
            {"index": index, "org": members[index].org if index < len(members) else None}
            for index, _ in certificate.signatures
        ],
        "transactions": [{"tx_id": receipt.tx_id.hex(), "code": receipt.code} for receipt in record.receipts],
    }


def link_json(link: PeerStatistics | None) -> Mapping[str, Json]:
    """Describe a peer's link as JSON; nulls where it is not connected."""
    if link is None:
        names = (
            "direction",
            "address",
            "software",
            "rtt_ms",
            "clock_offset_ms",
            "connected_s",
            "rx_bytes",
            "tx_bytes",
        )
        return dict.fromkeys(names)
    return {
        "direction": link.direction,
        "address": link.address,
        "software": link.software,
        "rtt_ms": link.rtt_ms,
        "clock_offset_ms": link.clock_offset_ms,
        "connected_s": link.connected_s,
        "rx_bytes": link.rx_bytes,
        "tx_bytes": link.tx_bytes,
        "dropped": link.dropped_out + link.dropped_in,
    }
