"""Arguments as a person types them: text to the value of a kind, or a refusal that says what is expected."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from p2pchain.codec.decimal_text import decimal
from p2pchain.documents.amounts import minor_units
from p2pchain.ledger.consortium.policy import PolicyKind
from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import (
    Amount,
    Array,
    Blob,
    Choice,
    Currency,
    Day,
    Flag,
    Id,
    Integer,
    Kind,
    Moment,
    Octets,
    Optional,
    Share,
    Text,
)
from p2pchain.model.currencies import DECIMALS
from p2pchain.model.errors import Fact
from p2pchain.model.refusal import Guilt, Refusal
from p2pchain.model.transaction import Value
from p2pchain.presentation.plain_words import FIRST_DAY, grouped

_INTEGER: Final = re.compile(r"-?[0-9]{1,19}")
_PERCENT: Final = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,16}))? ?%?")
_POLICY: Final = re.compile(r"OutOf\(([0-9]{1,3})((?:,[^\s,()]+)+)\)")
_TRUTHS: Final = {"yes": True, "no": False}


class ValueInvalid(Refusal):
    """The typed text is no value of its field."""

    code = "VALUE_INVALID"
    fact_names = ("argument", "found", "expected")
    words = "this is no value for it"
    next_step = "give it as expected"
    guilt = Guilt.INPUT


def read_value(field: Field, text: str, beside: Mapping[str, Value]) -> Value:
    """Read what a person typed for a field. Raises ``ValueInvalid`` with what is expected, and
    ``InvalidAmount`` for an amount.

    ``beside``: the values of fields read before; an amount needs that of its currency.
    """
    return _read(field.kind, field.name, text, beside)


def expected_words(kind: Kind) -> str:
    """Describe what a kind accepts, as a person types it: ``a day such as 2027-05-23``."""
    match kind:
        case Optional(inner=inner):
            return expected_words(inner)
        case Array(inner=inner, least=least, most=most):
            return f"{max(least, 1)} to {most} times {expected_words(inner)}"
        case Id(size=size):
            return f"{2 * size} hexadecimal digits, or the first 4 or more of them"
        case Octets(size=size):
            return f"{2 * size} hexadecimal digits"
        case Blob(bytes_max=most):
            return f"at most {2 * most} hexadecimal digits"
        case Amount(high=high, currency=currency):
            highest = grouped(high, currency[1:]) if currency[1:] in DECIMALS else f"{high} minor units"
            return f"an amount such as 1000000.00, without grouping, at most {highest}"
        case Day():
            return "a day such as 2027-05-23"
        case Moment():
            return "milliseconds since 1970"
        case Share():
            return "a percentage such as 2.5"
        case Integer(low=low, high=high, unit=unit):
            return f"a number{f' of {unit}' if unit else ''} from {low} to {high}"
        case Currency():
            return "a currency code of ISO 4217, such as CNY"
        case Text(bytes_max=most):
            return f"text of at most {most} bytes"
        case Choice(words=words):
            return f"one of {', '.join(words)}"
        case Flag():
            return "yes or no"
        case PolicyKind():
            return "a policy such as OutOf(2, bank-a.financier, *.auditor)"
        case _:
            return f"a {kind.bounds['kind']}"


def read_policy(text: str) -> Value:
    """Read ``OutOf(2, bank-a.financier, *.auditor)``; null where this is no policy."""
    policy = _POLICY.fullmatch(text.replace(" ", ""))
    if policy is None:
        return None
    return decimal(policy[1]), tuple(policy[2].split(",")[1:])


def _read(kind: Kind, name: str, text: str, beside: Mapping[str, Value]) -> Value:
    value: Value
    match kind:
        case Optional(inner=inner):
            return _read(inner, name, text, beside)
        case Array(inner=inner):
            value = tuple(_read(inner, name, part, beside) for part in _parts(text))
        case Amount(currency=currency):
            unit = currency[1:] if currency.startswith("=") else beside.get(currency)
            value = minor_units(text, str(unit))
        case Day():
            value = _day(text)
        case Octets() | Blob():
            value = _octets(text)
        case Share(high=high):
            value = _share(text, high)
        case Integer():
            value = decimal(text) if _INTEGER.fullmatch(text) else None
        case Flag():
            value = _TRUTHS.get(text)
        case PolicyKind():
            value = read_policy(text)
        case _:
            value = text
    if value is None or not kind.accepts(value):
        facts: dict[str, Fact] = {"argument": name, "found": text, "expected": expected_words(kind)}
        raise ValueInvalid(facts)
    return value


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")] if text else []


def _day(text: str) -> int | None:
    try:
        return (date.fromisoformat(text) - FIRST_DAY).days
    except ValueError:
        return None


def _share(text: str, high: int) -> int | None:
    """Read a percentage of a whole; None where it is none, or where the whole has no such part."""
    percent = _PERCENT.fullmatch(text)
    if percent is None:
        return None
    fraction = percent[2] or ""
    share, rest = divmod(decimal(percent[1] + fraction) * high, 100 * 10 ** len(fraction))
    return None if rest else share


def _octets(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None
