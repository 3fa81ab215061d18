"""A question to a module, asked in the name of an account and signed by it."""

from __future__ import annotations

from dataclasses import dataclass

from p2pchain.model.ids import ChainId, Height, PublicKey, Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Content that ``account`` signs: one query of one module on one chain.

    ``fields``: names and texts of its arguments, ascending, as they stand in the request. ``until``: the last
    height after which it is answered; ``nonce``: 8 bytes that the account has not used up to then.
    """

    chain_id: ChainId
    module: str
    query: str
    fields: tuple[tuple[str, str], ...]
    account: PublicKey
    until: Height
    nonce: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedQuestion:
    """A question and its signature, which nobody has verified yet."""

    question: Question
    signature: Signature
