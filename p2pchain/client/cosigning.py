"""Transaction file that several organisations sign one after the other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from p2pchain.codec.exact_json import read_json
from p2pchain.codec.transaction import (
    TX_BYTES_MAX,
    assemble_transaction,
    decode_body,
    encode_body,
    transaction_sign_bytes,
)
from p2pchain.crypto import ed25519
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Invalid, Refused
from p2pchain.model.ids import ChainId, Height, PublicKey, Signature
from p2pchain.model.transaction import Operation, Transaction, TransactionBody

FORMAT: Final = "p2pchain/cosigned"
FILE_BYTES_MAX: Final = 4 * TX_BYTES_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigned:
    """Transaction body with its signatures so far, by the signer's key; each was checked."""

    body: TransactionBody
    signatures: Mapping[PublicKey, Signature]

    @property
    def missing(self) -> tuple[PublicKey, ...]:
        """List the signers that have not signed yet, in the order of the body."""
        return tuple(key for key in self.body.signers if key not in self.signatures)


def prepared(
    *,
    chain_id: ChainId,
    valid_until: Height,
    signers: Sequence[PublicKey],
    operations: Sequence[Operation],
    nonce: bytes,
    valid_until_ms: int | None = None,
) -> Cosigned:
    """A body that nobody has signed yet; the arguments are those of ``build_transaction``."""
    body = TransactionBody(
        chain_id=chain_id,
        nonce=nonce,
        valid_until=valid_until,
        signers=tuple(signers),
        operations=tuple(operations),
        valid_until_ms=valid_until_ms,
    )
    decode_body(encode_body(body))  # Whatever the format cannot hold is told before anybody signs.
    return Cosigned(body=body, signatures={})


def signed_by(cosigned: Cosigned, key: SigningKey) -> Cosigned:
    """The same with one more signature; ``Refused("COSIGNER_UNNAMED")`` for a key that it does not name."""
    if key.public_key not in cosigned.body.signers:
        facts = {"public_key": key.public_key.hex()}
        raise Refused("COSIGNER_UNNAMED", facts, "sign with an account that the transaction names")
    signature = key.sign(_sign_bytes(cosigned.body))
    return replace(cosigned, signatures={**cosigned.signatures, key.public_key: signature})


def completed(cosigned: Cosigned) -> Transaction:
    """The transaction, once all have signed; ``Refused("COSIGNERS_MISSING")`` before."""
    if cosigned.missing:
        facts = {"public_keys": " ".join(key.hex() for key in cosigned.missing)}
        raise Refused("COSIGNERS_MISSING", facts, "let them sign the file: p2pchain tx sign FILE")
    return assemble_transaction(cosigned.body, [cosigned.signatures[key] for key in cosigned.body.signers])


def format_cosigned(cosigned: Cosigned) -> str:
    """The text of the file: one JSON object."""
    signatures = {key.hex(): signature.hex() for key, signature in cosigned.signatures.items()}
    document = {"format": FORMAT, "body": encode_body(cosigned.body).hex(), "signatures": signatures}
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def parse_cosigned(data: bytes) -> Cosigned:
    """Read such a file. ``Refused("COSIGNED_INVALID")`` for anything else, and for a signature that does not
    hold.
    """
    try:
        document: Any = read_json(data)
        if document["format"] != FORMAT:
            raise ValueError("another format")
        body = decode_body(bytes.fromhex(document["body"]))
        signatures = {
            PublicKey(bytes.fromhex(key)): Signature(bytes.fromhex(signature))
            for key, signature in document["signatures"].items()
        }
        for key, signature in signatures.items():
            if key not in body.signers:
                raise ValueError(f"signed by {key.hex()}, which it does not name")
            ed25519.verify(key, signature, _sign_bytes(body))
    except (ValueError, KeyError, TypeError, AttributeError, Invalid) as fault:
        hint = "use the file that --out wrote"
        raise Refused("COSIGNED_INVALID", {"reason": str(fault)}, hint) from fault
    return Cosigned(body=body, signatures=signatures)


def _sign_bytes(body: TransactionBody) -> bytes:
    return transaction_sign_bytes(body.chain_id, encode_body(body))
