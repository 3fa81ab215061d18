"""Bytes that an account signs to ask in its own name."""

from __future__ import annotations

from typing import Final

from p2pchain.codec.cbor import encode
from p2pchain.model.query import Question

_DOMAIN: Final = "p2pchain/query"
_VERSION: Final = 1


def question_sign_bytes(question: Question) -> bytes:
    """Encode the array of a question: domain, version, chain, module, query, ``[[name, text], ...]``,
    account, until, nonce.
    """
    return encode(
        (
            _DOMAIN,
            _VERSION,
            question.chain_id,
            question.module,
            question.query,
            question.fields,
            question.account,
            question.until,
            question.nonce,
        )
    )
