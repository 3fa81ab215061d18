"""A proven transaction for people and for programs: who signed, what it did or was refused, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from p2pchain.model.ids import PublicKey
from p2pchain.model.transaction import Value
from p2pchain.presentation.printable import plain_operation, value_text
from p2pchain.proofs.inclusion import ProvenTransaction

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Words for what the chain knows as names and keys. ``operation``: of a module, an action and its
    arguments; ``event``: of a module, a name and its fields; ``refusal``: of a code, empty for none;
    ``facts``: as people read them; ``signer``: whose key it is, empty where that is not known; ``records``:
    lines of records of the state by key, null for one that is absent; none for those that it does not know.
    """

    operation: Callable[[str, str, Sequence[Value]], str]
    event: Callable[[str, str, Sequence[Value]], str]
    refusal: Callable[[str], str]
    facts: Callable[[Fields], Fields]
    signer: Callable[[PublicKey], str]
    records: Callable[[Mapping[bytes, tuple[Value, ...] | None]], Mapping[bytes, Sequence[str]]]


LINE_CHARS_MAX: Final = 1_000
"""Characters of one operation, event or list of facts that are shown."""
PLAIN: Final = Wording(
    operation=plain_operation,
    event=lambda module, name, fields: ", ".join(map(value_text, fields)) or value_text(None),
    refusal=lambda code: "",
    facts=lambda facts: facts,
    signer=lambda public_key: "",
    records=lambda records: {},
)
"""What the chain itself says."""


def transaction_lines(proven: ProvenTransaction, wording: Wording) -> Iterator[str]:
    """Describe a proven transaction line by line. That it was refused stands in the first line, before
    everything that it asked for, and in the last one; what others wrote is cut, so that it hides none of
    this.
    """
    transaction, receipt = proven.transaction, proven.receipt
    if proven.accepted:
        yield f"transaction {transaction.tx_id.hex()}: ACCEPTED, it did what it asked for"
    else:
        yield f"transaction {transaction.tx_id.hex()}: REFUSED, nothing of what it asked for was done"
        yield f"  refused with {_reason(proven, wording)}"
    for signer in transaction.body.signers:
        yield f"  signed by {', '.join(filter(None, (signer.hex(), wording.signer(signer))))}"
    done = "did" if proven.accepted else "asked for, and was refused"
    for operation in transaction.body.operations:
        yield f"  {done}: {_cut(wording.operation(operation.module, operation.action, operation.args))}"
    for event in receipt.events:
        happened = wording.event(event.module, event.name, event.fields)
        yield f"  event: {_cut(f'{value_text(event.module)} {value_text(event.name)} {happened}')}"
    if not proven.accepted:
        yield "  so it was REFUSED: nothing of this was done"


def transaction_fields(proven: ProvenTransaction) -> Fields:
    """The same as an object of JSON, bytes in hexadecimal: ``tx_id``, ``accepted``, ``code``, ``facts``,
    ``signers``, ``operations``, ``events``.
    """
    transaction, receipt = proven.transaction, proven.receipt
    return {
        "tx_id": transaction.tx_id.hex(),
        "accepted": proven.accepted,
        "code": receipt.code,
        "facts": {name: value_fields(value) for name, value in receipt.facts},
        "signers": [signer.hex() for signer in transaction.body.signers],
        "operations": [
            {"module": operation.module, "action": operation.action, "args": value_fields(operation.args)}
            for operation in transaction.body.operations
        ],
        "events": [
            {"module": event.module, "name": event.name, "fields": value_fields(event.fields)}
            for event in receipt.events
        ],
    }


def _reason(proven: ProvenTransaction, wording: Wording) -> str:
    receipt = proven.receipt
    facts = wording.facts(dict(receipt.facts))
    fact_words = ", ".join(f"{value_text(name)}={value_text(value)}" for name, value in facts.items())
    words = wording.refusal(receipt.code)
    return (
        value_text(receipt.code)
        + (f": {words}" if words else "")
        + (f" ({_cut(fact_words)})" if fact_words else "")
    )


def _cut(text: str) -> str:
    if len(text) <= LINE_CHARS_MAX:
        return text
    return f"{text[:LINE_CHARS_MAX]}... ({len(text):,} characters, all with --json)"


def value_fields(value: Value) -> Any:
    """A value as JSON has it: bytes in hexadecimal, arrays as lists."""
    match value:
        case bytes():
            return value.hex()
        case tuple():
            return [value_fields(item) for item in value]
        case _:
            return value
