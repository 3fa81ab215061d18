"""Events in words: those of receivables with their amounts as people write them, others as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from p2pchain.client.receivable import MODULE, amount_words, note_words
from p2pchain.presentation.printable import value_text


def event_words(module: str, name: str, fields: Sequence[Any]) -> str:
    """What happened, without the names of module and event. ``fields``: as they are, or as JSON shows them.

    Receivables: ``5bf1...: 1,000,000.00 CNY, proposed, by supplier, held by supplier``, and the note, which
    may be anybody's text, last.
    """
    match module, tuple(fields):
        case (str(known), (receivable, str(state), str(org), str(holder), minor, currency, note)) if (
            known == MODULE and (amount := amount_words(minor, currency)) is not None
        ):
            words = note_words(name, note, currency)
            told = [amount, value_text(state), f"by {value_text(org)}", f"held by {value_text(holder)}"]
            if words:
                told.append(value_text(words))
            return f"{value_text(receivable)}: {', '.join(told)}"
    return ", ".join(map(value_text, fields)) or "-"
