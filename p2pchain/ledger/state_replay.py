"""The state by what blocks recorded, nothing executed: each height's root is checked against its header."""

from __future__ import annotations

from collections.abc import Sequence

from p2pchain.codec.genesis import genesis_id
from p2pchain.crypto import ed25519
from p2pchain.ledger.genesis_state import genesis_values
from p2pchain.ledger.module import Module
from p2pchain.ledger.restoration import Base
from p2pchain.ledger.state import State
from p2pchain.ledger.system import VALIDATORS
from p2pchain.ledger.validators import read_history
from p2pchain.ledger.versions import Software
from p2pchain.model.chain import BlockReplay
from p2pchain.model.errors import Corrupt
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import GENESIS_HEIGHT, Height
from p2pchain.model.validators import ValidatorSet
from p2pchain.proofs.verifier import Check, Verifier


class Follower:
    """State and validator sets after ``height``, by recorded changes alone."""

    def __init__(
        self,
        genesis: Genesis,
        modules: Sequence[Module],
        check: Check = ed25519.verify,
        base: Base | None = None,
    ) -> None:
        """Begin at the genesis, or at ``base``, whose root the caller checks. ``check``: the signature rule,
        another one only in a simulator.
        """
        self.height: Height = GENESIS_HEIGHT
        if base is None:
            values = genesis_values(genesis, Software(modules).at_genesis, Verifier(genesis.chain_id, check))
        else:
            values, self.height = dict(base.frozen.values), base.header.height
        self._state = State(values)
        self._genesis_id = genesis_id(genesis)
        records = ((key, values[key]) for key in self._state.walk(VALIDATORS))
        self._validators = read_history(records)

    @property
    def state_root(self) -> bytes:
        """Root after ``height``: 32 bytes."""
        return self._state.trie.root

    def validators_at(self, height: int) -> ValidatorSet:
        """The validators of a height, up to two above the present one."""
        return self._validators.at(height)

    def follow(self, replay: BlockReplay) -> None:
        """Take the next block's changes.

        Raises ``Corrupt``: ``CHAIN_GAP``, ``CHAIN_GENESIS_MISMATCH``, ``STATE_ROOT_MISMATCH``.
        """
        header = replay.header
        if header.height != self.height + 1:
            raise Corrupt("CHAIN_GAP", {"height": self.height + 1, "found": header.height})
        if self.height == GENESIS_HEIGHT and header.parent_id != self._genesis_id:
            facts = {"genesis_id": self._genesis_id.hex(), "parent_id": header.parent_id.hex()}
            raise Corrupt("CHAIN_GENESIS_MISMATCH", facts, "this log belongs to another genesis.json")
        trie = self._state.trie.update(dict(replay.changes))
        if trie.root != header.state_root:
            facts = {"expected": header.state_root.hex(), "computed": trie.root.hex()}
            raise Corrupt("STATE_ROOT_MISMATCH", {"height": header.height, **facts})
        self._state.apply(replay.changes, trie)
        self._validators = self._validators.after(replay.changes)
        self.height = header.height
