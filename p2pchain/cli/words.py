"""Words for the ledger's refusals, and the next step: receipts hold codes and facts alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from p2pchain.cli.declarations import Declarations, declarations
from p2pchain.presentation.plain_words import amount_words, day_words
from p2pchain.presentation.printable import value_text

MINOR: Final = "_minor"
DAYS: Final = {"due_day": "due", "today": "today"}
"""Facts that are a day's number, and how they are called."""

PARTS: Final[Mapping[Any, str]] = {
    "debtor,creditor": "debtor or creditor",
    "holder_of_either": "holder of one of them",
    "offered_to": "the one to whom it is offered",
    "payer,bank_of_payer": "the one who pays, or a bank that gets none of it",
}
"""Parts in a deal that a refusal asks for, where the name alone says too little."""
BOUNDS: Final = ("kind", "of", "size", "low", "high", "bytes_max", "least", "most", "optional")
"""Facts that say what an argument may be."""
KINDS: Final = {"flag": "true or false", "module": "name of a module"}
"""Kinds of arguments that are called otherwise."""

WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "EVD_EMPTY": ("there is nothing to deposit", ""),
    "EVD_FILE_NAME": ("two files have one name, or a name is too long", ""),
    "EVD_TIMESTAMP_INVALID": ("the token proves nothing", ""),
    "EVD_TOO_MANY_FILES": ("there are more files than one deposit takes", ""),
    "PAY_ENTRY_NONE": ("no entry of the statement pays it", ""),
    "PAY_ENTRY_PENDING": ("the entry that would pay it is not booked yet", ""),
    "PAY_ENTRY_RETURNED": ("the payment was returned", ""),
    "PAY_ENTRY_SEVERAL": ("several entries of the statement would pay it", ""),
    "PAY_ENTRY_UNREFERENCED": ("the entry that pays it has no reference", ""),
    "PAY_REF_UNUSABLE": ("no payment can be looked for by this reference", ""),
    "PRIV_DIGEST": ("the chain names another envelope under this root", "hand in the one that was put"),
    "PRIV_EMPTY": ("there is nothing to seal", ""),
    "PRIV_FIELD_NAME": ("a field has a name that no file can have", ""),
    "PRIV_NOT_FOR_US": ("it was not sealed for this organisation", "ask its owner"),
    "PRIV_NOT_HERE": ("this node holds no copy", ""),
    "PRIV_NO_FIELD": ("the payload has no such field", ""),
    "PRIV_ROOT": ("what was opened is not what the chain names", "ask its owner: something else was sealed"),
    "PRIV_STORE_FULL": ("this node has no room for it", ""),
    "PRIV_TOO_LARGE": ("it is too large", ""),
    "PRIV_UNREADABLE": ("the sealing key of this home does not open it", ""),
    "PROOF_INVALID": ("this proves nothing", "do not believe whoever gave it"),
    "PROOF_KEYS": ("these keys cannot go into one file", ""),
    "PROOF_NOTHING_FINAL": ("there is no final block to prove it by", "ask again after a block"),
    "PROOF_OTHER_TRUST": ("it is for somebody who trusts something else", ""),
    "PROOF_TRUSTED": ("this node has another block at that height", ""),
    "PROOF_TRUSTED_LATER": ("the transaction does not lie above the block that is trusted", ""),
}
"""By code: what happened, and what to do next where a word helps."""
OTHERS: Final[Mapping[str, str]] = {
    "COSIGNERS_MISSING": "not all have signed",
    "COSIGNER_UNNAMED": "the transaction does not name this account",
    "DAEMON_NOT_RUNNING": "no node answers here",
    "FILE_UNREADABLE": "the file cannot be read",
    "FILE_UNWRITABLE": "the file cannot be written",
    "HEIGHT_PRUNED": "this node keeps that block no more",
    "HOME_MISSING": "there is no such home",
    "HOME_PERMISSION": "this user may not read or write it",
    "KEY_DAMAGED": "the file holds no such key",
    "KEY_EXISTS": "there is a key already",
    "KEY_MISSING": "there is no such key",
    "KEY_PERMISSIONS": "others may read the key",
    "KEY_UNWRITABLE": "the key cannot be written",
    "MEMPOOL_DROPPED": "this node's operator dropped it",
    "MEMPOOL_EXPIRED": "it has waited too long at this node",
    "MEMPOOL_FULL": "as much waits at this node as may",
    "MEMPOOL_REFUSED": "this node's operator takes nothing of this sender",
    "MEMPOOL_SHARE": "as much of this organisation waits at this node as may",
    "NOT_PERMITTED": "you may not do this here",
    "PEER_BANNED": "this node keeps the peer out",
    "PEER_NOT_CONNECTED": "there is no link to the peer",
    "PEER_NO_ADDRESS": "this node has no address of the peer",
    "PEER_UNKNOWN": "no other member has such a node",
    "PEER_UNREACHABLE": "the peer cannot be reached",
    "REG_INVOICE_MISMATCH": "the file is another invoice",
    "REG_INVOICE_NEEDED": "an amount needs the invoice, which this home never read",
    "REG_KEY_MISSING": "this home has no key of the financiers",
    "SENDER_UNKNOWN": "there is no such sender",
    "TIMEOUT": "no answer in time",
    "TX_UNKNOWN": "there is no such transaction",
}
"""What codes of the node and of commands mean, where the code's own words say too little; what to do next is
said where they are raised.
"""


def what_and_next(code: str, directory: Declarations | None = None) -> tuple[str, str]:
    """The words of a code; the code itself as words where there are none."""
    refusal = (directory or declarations()).refusal(code)
    if refusal is not None:
        return refusal.words, refusal.next_step
    if code in WORDS:
        return WORDS[code]
    return OTHERS.get(code) or code.lower().replace("_", " "), ""


def refusal_words(code: str, facts: Mapping[str, Any], directory: Declarations | None = None) -> str:
    """Words of a refusal, what to do next, its code and facts, on one line."""
    words, then = what_and_next(code, directory)
    named = ", ".join(f"{name}={value_text(value)}" for name, value in readable(facts).items())
    return "; ".join(filter(None, (words, then, f"{code}: {named}")))


def with_expected(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Replace an argument's bounds among the facts by one phrase, ``expected``."""
    if "argument" not in facts or "kind" not in facts:
        return dict(facts)
    return {**{name: facts[name] for name in facts if name not in BOUNDS}, "expected": expected(facts)}


def expected(bounds: Mapping[str, Any]) -> str:
    """Describe in words what an argument may be: ``integer from 1 to 3, or null``."""
    kind, most, size = bounds["kind"], bounds.get("most"), bounds.get("bytes_max")
    match kind:
        case None:
            return "no such argument"
        case "array":
            of = bounds["of"]
            many = f"times {bounds['size']} bytes" if of == "bytes" else f"{of}s"
            words = f"array of {bounds.get('least', 0)} to {most} {many}"
        case "bytes":
            words = f"{bounds['size']} bytes"
        case "policy":
            words = f"policy of at most {most} parts"
        case _:
            words = KINDS.get(kind, str(kind))
    if "low" in bounds:
        words += f" from {bounds['low']} to {bounds['high']}"
    if size is not None:
        words += f" of at most {size} bytes"
    return f"{words}, or null" if bounds.get("optional") else words


def readable(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as people read them: days as dates, minor units as amounts where the currency is told. What is
    neither stays as it is, for it may be of somebody who signed nonsense.
    """
    currency = facts.get("currency")
    words: dict[str, Any] = {}
    facts = {name: PARTS.get(value, value) if name == "needed" else value for name, value in facts.items()}
    facts = with_expected(facts)
    amounts = [amount_words(value, currency) for name, value in facts.items() if name.endswith(MINOR)]
    for name, value in facts.items():
        if name in DAYS and (day := day_words(value)) is not None:
            words[DAYS[name]] = day
        elif name.endswith(MINOR) and (amount := amount_words(value, currency)) is not None:
            words[name.removesuffix(MINOR)] = amount
        else:
            words[name] = value
    if amounts and None not in amounts:
        words.pop("currency", None)
    return words
