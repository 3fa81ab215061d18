"""Signers of requests to the gateway, each accepted once and in time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from p2pchain.codec.http_signature import HttpMessage, read_signature
from p2pchain.control.gateway.nonces import Nonces
from p2pchain.control.http import Request
from p2pchain.model.errors import Fact, Refused
from p2pchain.model.ids import PublicKey
from p2pchain.proofs.http_request import verify_request

LIFETIME_S_MAX: Final = 300
"""Most seconds between ``created`` and ``expires``."""
AHEAD_S_MAX: Final = 60
"""So far the client's clock may be ahead of the gateway's."""


class RequestSignatures:
    """Signatures of requests to one gateway; each is accepted once."""

    __slots__ = ("_clock", "_nonces", "_since")

    def __init__(self, clock: Callable[[], float]) -> None:
        """``clock``: seconds since 1970. What was signed before now may have been accepted by a process
        before this one, so it is refused.
        """
        self._clock = clock
        self._nonces = Nonces()
        self._since = int(clock())

    def account_of(self, request: Request) -> PublicKey | None:
        """Account that signed a request, None where nobody did.

        Raises ``Refused``: ``SIGNATURE_EXPIRED``, ``SIGNATURE_REPLAYED``, ``SIGNATURE_TOO_MANY``, and what
        ``read_signature`` and ``verify_request`` raise.
        """
        message = HttpMessage(
            method=request.method,
            host=request.host.strip().lower(),
            target=request.target,
            fields=request.headers,
            body=request.body,
        )
        signature = read_signature(message)
        if signature is None:
            return None
        now = int(self._clock())
        in_time = self._since <= signature.created <= now + AHEAD_S_MAX and now <= signature.expires
        if not in_time or signature.expires - signature.created > LIFETIME_S_MAX:
            facts: dict[str, Fact] = {"created": signature.created, "expires": signature.expires, "now": now}
            hint = "set the clock, and sign each request anew when it is sent"
            raise Refused("SIGNATURE_EXPIRED", {**facts, "seconds_max": LIFETIME_S_MAX}, hint)
        verify_request(message, signature)
        self._nonces.claim(signature.account, signature.nonce, signature.expires, now)
        return signature.account

    def known(self, account: PublicKey) -> None:
        """The chain has this account."""
        self._nonces.known(account, int(self._clock()))
