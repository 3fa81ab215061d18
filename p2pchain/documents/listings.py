"""Documents of a home's sale: owners with their shares, and a listing as RESO JSON. Read on the client's
side; names and identity numbers stay there.

``owners.json``: ``[{"name": "...", "identity": "...", "share": "1/2"}, ...]``; shares sum to one; of a single
owner ``share`` may be left out. A file of openings (``{"unit": ..., "owners": [...]}``) serves as well: its
owners have their ``salt`` already, so that a buyer is the same commitment in the sale and in the transfer.

A listing is a record of the resource ``Property`` (RESO Data Dictionary 2.0), alone or as the one value of an
answer of the RESO Web API (``{"value": [...]}``). Read are ``ParcelNumber`` (the unit's code),
``ListPrice`` (exactly, no float), ``ExpirationDate`` and ``StandardStatus``, which must be ``Active``; all
else is nobody's business but who shows it, and the hash of the file stands for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from p2pchain.codec.decimal_text import decimal
from p2pchain.codec.exact_json import read_decimal_json, read_json
from p2pchain.codec.title_ids import OWNER_SALT_BYTES
from p2pchain.crypto.hashing import sha256
from p2pchain.documents.refusals import quoted
from p2pchain.model.errors import Refused

OWNERS_BYTES_MAX: Final = 65_536
LISTING_BYTES_MAX: Final = 1_048_576
OWNERS_MAX: Final = 32
TEXT_BYTES_MAX: Final = 200
SHARE_DIGITS_MAX: Final = 12
DENOMINATOR_MAX: Final = 10**12
ACTIVE: Final = "Active"
FIRST_DAY: Final = date(1970, 1, 1)
DIGITS: Final = "0123456789"


class OwnersInvalid(Refused):
    """The file of the owners is none, or their shares do not sum to one."""

    def __init__(self, *, field: str, text: str, expected: str) -> None:
        """``field``: where; ``text``: what stands there; ``expected``: what would do."""
        super().__init__(
            "DOC_OWNERS",
            {"field": field, "found": quoted(text), "expected": expected},
            'write [{"name": "...", "identity": "...", "share": "1/2"}, ...]',
        )


class ListingInvalid(Refused):
    """The file of a listing is no RESO record, or lacks what an offer needs."""

    def __init__(self, *, field: str, text: str, expected: str) -> None:
        """``field``: of the RESO Data Dictionary; ``text``, ``expected``: as for owners."""
        super().__init__(
            "DOC_LISTING",
            {"field": field, "found": quoted(text), "expected": expected},
            "export the listing again as RESO Web API JSON, resource Property",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """One owner: who it is, the numerator of its share, and the salt of its commitment where it has one."""

    name: str
    identity: str
    numerator: int
    salt: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFacts:
    """Facts of a listing. ``price``: decimal text; ``until_day``: counted from 1970-01-01; ``digest``:
    SHA-256 of the file.
    """

    unit: str
    price: str
    until_day: int
    digest: bytes


def read_owners(data: bytes) -> tuple[tuple[Owner, ...], int]:
    """Read owners and the denominator of their shares. Raises ``DOC_OWNERS``, ``CODEC_JSON``."""
    if len(data) > OWNERS_BYTES_MAX:
        raise OwnersInvalid(field="file", text=f"{len(data)} bytes", expected=f"at most {OWNERS_BYTES_MAX}")
    document = read_json(data)
    items = document.get("owners") if isinstance(document, dict) else document
    if not isinstance(items, list) or not 1 <= len(items) <= OWNERS_MAX:
        raise OwnersInvalid(field="file", text=type(items).__name__, expected=f"1 to {OWNERS_MAX} owners")
    shares = [_share(item, is_alone=len(items) == 1) for item in items]
    denominator = 1
    for _, divisor in shares:
        denominator = _common_multiple(denominator, divisor)
    numerators = [numerator * (denominator // divisor) for numerator, divisor in shares]
    if sum(numerators) != denominator or denominator > DENOMINATOR_MAX:
        summed = f"{sum(numerators)}/{denominator}"
        raise OwnersInvalid(field="share", text=summed, expected="shares that sum to one")
    owners = tuple(
        Owner(
            name=_text(item, "name"),
            identity=_text(item, "identity"),
            numerator=numerator,
            salt=_salt(item.get("salt")),
        )
        for item, numerator in zip(items, numerators, strict=True)
    )
    return owners, denominator


def read_listing(data: bytes) -> OfferFacts:
    """Read a listing. Raises ``DOC_LISTING``, ``CODEC_JSON``."""
    if len(data) > LISTING_BYTES_MAX:
        raise ListingInvalid(field="file", text=f"{len(data)} bytes", expected=f"at most {LISTING_BYTES_MAX}")
    record = read_decimal_json(data)
    if isinstance(record, dict) and isinstance(record.get("value"), list) and len(record["value"]) == 1:
        (record,) = record["value"]
    if not isinstance(record, dict):
        raise ListingInvalid(field="value", text=type(record).__name__, expected="one record")
    status, price = record.get("StandardStatus"), record.get("ListPrice")
    if status != ACTIVE:
        raise ListingInvalid(field="StandardStatus", text=str(status), expected=ACTIVE)
    unit, until = record.get("ParcelNumber"), record.get("ExpirationDate")
    if not isinstance(unit, str):
        raise ListingInvalid(field="ParcelNumber", text=str(unit), expected="the code of the unit")
    if isinstance(price, bool) or not isinstance(price, int | str):
        raise ListingInvalid(field="ListPrice", text=str(price), expected="a number")
    return OfferFacts(unit=unit, price=str(price), until_day=_day(until), digest=sha256(data))


def _share(item: object, *, is_alone: bool) -> tuple[int, int]:
    """(numerator, denominator) of an owner's share."""
    text = item.get("share", "1/1" if is_alone else "") if isinstance(item, dict) else ""
    numerator, slash, divisor = str(text).partition("/")
    parts = (numerator, divisor)
    if slash and all(0 < len(part) <= SHARE_DIGITS_MAX and set(part) <= set(DIGITS) for part in parts):
        if decimal(numerator) > 0 and decimal(divisor) > 0:
            return decimal(numerator), decimal(divisor)
    raise OwnersInvalid(field="share", text=str(text), expected="a fraction such as 1/2")


def _text(item: dict[str, object], name: str) -> str:
    value = item.get(name)
    if not isinstance(value, str) or not 0 < len(value.encode()) <= TEXT_BYTES_MAX:
        raise OwnersInvalid(field=name, text=str(value), expected=f"1 to {TEXT_BYTES_MAX} bytes of text")
    return value


def _salt(value: object) -> bytes | None:
    """The salt of a commitment that was made before; None where there is none yet."""
    if value is None:
        return None
    try:
        salt = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        salt = b""
    if len(salt) != OWNER_SALT_BYTES:
        raise OwnersInvalid(field="salt", text=str(value), expected=f"{2 * OWNER_SALT_BYTES} digits")
    return salt


def _day(value: object) -> int:
    try:
        return (date.fromisoformat(str(value)) - FIRST_DAY).days
    except ValueError:
        raise ListingInvalid(
            field="ExpirationDate", text=str(value), expected="a day as 2027-03-31"
        ) from None


def _common_multiple(first: int, second: int) -> int:
    divisor, rest = first, second
    while rest:
        divisor, rest = rest, divisor % rest
    return first // divisor * second
