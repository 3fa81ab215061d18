"""Nonces that were used: each counts once for its account, until the signature that had it has expired.

Only accounts of the chain take room here: a stranger's requests are refused whatever their nonce, so his
nonces lie in a small table of their own, where newer ones push out older ones.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from p2pchain.model.errors import Fact, Refused
from p2pchain.model.ids import PublicKey

ACCOUNT_NONCES_MAX: Final = 10_000
"""Nonces of one account that are remembered."""
ACCOUNTS_MAX: Final = 20_000
"""Accounts whose nonces are remembered."""
STRANGERS_MAX: Final = 4_096
"""Nonces of keys of which it is not known whether the chain has them."""


class Nonces:
    """Used nonces; ``claim`` first, ``known`` once the node has answered the account."""

    __slots__ = ("_accounts", "_strangers")

    def __init__(self) -> None:
        """None is used."""
        self._accounts: dict[PublicKey, dict[str, int]] = {}
        self._strangers: OrderedDict[tuple[PublicKey, str], int] = OrderedDict()

    def claim(self, account: PublicKey, nonce: str, expires: int, now_s: int) -> None:
        """Use a nonce. Raises ``Refused``: ``SIGNATURE_REPLAYED``, ``SIGNATURE_TOO_MANY``."""
        used = self._accounts.get(account)
        if (used is not None and nonce in used) or (account, nonce) in self._strangers:
            raise Refused("SIGNATURE_REPLAYED", {"nonce": nonce}, "sign each request with a fresh nonce")
        if used is None:
            self._strangers[account, nonce] = expires
            if len(self._strangers) > STRANGERS_MAX:
                self._strangers.popitem(last=False)
            return
        if len(used) >= ACCOUNT_NONCES_MAX:
            used = self._accounts[account] = _live(used, now_s)
            if len(used) >= ACCOUNT_NONCES_MAX:
                facts: dict[str, Fact] = {"nonces_max": ACCOUNT_NONCES_MAX}
                raise Refused("SIGNATURE_TOO_MANY", facts, "let signatures expire sooner, or ask less often")
        used[nonce] = expires

    def known(self, account: PublicKey, now_s: int) -> None:
        """Remember the nonces of an account that the chain has for as long as they count."""
        if account in self._accounts:
            return
        if len(self._accounts) >= ACCOUNTS_MAX:
            self._accounts = {
                key: live for key, used in self._accounts.items() if (live := _live(used, now_s))
            }
        if len(self._accounts) >= ACCOUNTS_MAX:
            return
        own = [(key, nonce) for key, nonce in self._strangers if key == account]
        self._accounts[account] = {name[1]: self._strangers.pop(name) for name in own}


def _live(used: dict[str, int], now_s: int) -> dict[str, int]:
    return {nonce: expires for nonce, expires in used.items() if expires >= now_s}
