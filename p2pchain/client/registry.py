"""Operations of the registry, its keys of the financiers, and shares of amounts. The shares stand on the
chain in place of amounts.

The chain holds keyed hashes and shares of a total, never an amount: what is financed of an invoice is
``floor(amount_minor * SHARE_WHOLE / total_minor)``. Only who has the invoice can turn one into the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from p2pchain.codec.cbor import encode
from p2pchain.crypto.hashing import hmac_sha256, sha256
from p2pchain.documents.names import DocumentNames, scheme_tag
from p2pchain.model.errors import Refused
from p2pchain.model.ids import ChainId
from p2pchain.model.transaction import Operation, Value

MODULE: Final = "registry"
SHARE_WHOLE: Final = 10**18
"""The whole of a document's total, in shares."""
STRONG: Final = 1
APART: Final = 2
FIRST_EPOCH: Final = 1
_DOMAIN_KEY_ID: Final = "p2pchain/registry/key-id"
_DOMAIN_KEY_CHECK: Final = "p2pchain/registry/key-check"
_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochKey:
    """The financiers' key of one epoch."""

    epoch: int
    key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedInvoice:
    """Names of an invoice on one chain, under the key of each epoch, ascending by epoch."""

    by_epoch: tuple[tuple[EpochKey, DocumentNames], ...]

    @property
    def documents(self) -> tuple[bytes, ...]:
        """List the document's ids under all keys, the newest epoch first."""
        return tuple(names.document for _, names in reversed(self.by_epoch))

    @property
    def declarations(self) -> tuple[Value, ...]:
        """Return the declarations that an operation makes of it."""
        return tuple(_declaration(epoch_key, names) for epoch_key, names in self.by_epoch)


def key_id(key: bytes) -> bytes:
    """Compute the id of a financiers' key: SHA-256 in a domain of its own. The key is random, so the id tells
    nothing of it.
    """
    return sha256(encode((_DOMAIN_KEY_ID, _VERSION, key)))


def key_check(key: bytes, chain_id: ChainId, epoch: int) -> bytes:
    """Compute the check value of a financiers' key: HMAC-SHA-256 over chain and epoch."""
    return hmac_sha256(key, encode((_DOMAIN_KEY_CHECK, _VERSION, chain_id, epoch)))


def key_operation(action: str, epoch: int, key: bytes, chain_id: ChainId) -> Operation:
    """Record a key, ``set_key``, or the next one beside it, ``rotate_key``."""
    return Operation(module=MODULE, action=action, args=(epoch, key_id(key), key_check(key, chain_id, epoch)))


def register_operation(document: bytes, invoice: NamedInvoice) -> Operation:
    """Offer a document for financing. ``document``: one of the invoice's."""
    return Operation(module=MODULE, action="register", args=(document, invoice.declarations))


def finance_operation(document: bytes, share: int, *, acknowledge_similar: bool) -> Operation:
    """Finance a share of a document, or so much more of it."""
    return Operation(module=MODULE, action="finance", args=(document, share, acknowledge_similar))


def document_operation(action: str, document: bytes, *args: bytes) -> Operation:
    """An action on a document: ``cancel``, ``uphold``, ``strike``, ``confirm``, ``contest`` (own document) or
    ``disclose`` (root).
    """
    return Operation(module=MODULE, action=action, args=(document, *args))


def encoded(declarations: Sequence[Value]) -> bytes:
    """Encode declarations for the query ``check``."""
    return encode(tuple(declarations))


def share_of(amount_minor: int, total_minor: int) -> int:
    """Compute the share of a total that an amount is, in minor units.

    ``Refused`` ``REG_EXCEEDS_TOTAL`` where it is more than the total, ``REG_SHARE_TOO_SMALL`` where
    nothing is left of it (totals above 10^18 minor units alone).
    """
    assert amount_minor > 0, f"amount {amount_minor}"
    if amount_minor > total_minor:
        raise Refused("REG_EXCEEDS_TOTAL", {"match": None}, "finance at most the total of the invoice")
    share = amount_minor * SHARE_WHOLE // total_minor
    if share == 0:
        raise Refused("REG_SHARE_TOO_SMALL", {"share_whole": SHARE_WHOLE}, "finance a larger part at once")
    return share


def financed_minor(share: int, total_minor: int) -> int:
    """The amount whose share this is: the inverse of ``share_of``, for totals below 10^17 minor units."""
    return -(-share * total_minor // SHARE_WHOLE)


def remaining_minor(share: int, total_minor: int) -> int:
    """Compute the amount that a remaining share allows, for totals below 10^17 minor units."""
    return share * total_minor // SHARE_WHOLE


def _declaration(epoch_key: EpochKey, names: DocumentNames) -> Value:
    held = tuple(
        (scheme_tag(epoch_key.key, name.scheme), STRONG * name.strong + APART * name.apart, name.digest)
        for name in names.names
    )
    return (epoch_key.epoch, key_id(epoch_key.key), names.content, held, names.corrects)
