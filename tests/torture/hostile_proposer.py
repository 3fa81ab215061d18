"""A member whose node votes and proposes as the real one does, but for one lie, as a process.

Arguments: a home, and which lie. It is the daemon itself with another replica: what that wants done is
changed on its way out, so everything around the lie (keys, links, state, votes) is genuine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import click
import structlog

from p2pchain.client.transactions import build_transaction
from p2pchain.codec.header import header_id
from p2pchain.codec.roots import tx_root
from p2pchain.codec.transaction import decode_transaction
from p2pchain.codec.voting import proposal_sign_bytes
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.ids import HASH_BYTES, NONCE_BYTES, Height, PeerId, Round, TxId
from p2pchain.model.messages import (
    PolkaMessage,
    ProposalMessage,
    TransactionBatch,
    TransactionsHeld,
    TransactionsRequest,
    TransactionsResponse,
    VoteMessage,
)
from p2pchain.model.transaction import Operation, Transaction
from p2pchain.model.voting import Proposal
from p2pchain.node.home.layout import Home
from p2pchain.node.run import assembly
from p2pchain.node.run.daemon import run_daemon
from p2pchain.replica.effects import Broadcast, Effect, Respond, Send, SignProposal
from p2pchain.replica.height_work import NO_SIGNATURE
from p2pchain.replica.inputs import FetchRequested, Input
from p2pchain.replica.moment import Now
from p2pchain.replica.replica import Replica
from p2pchain.signing.keyfile import read_key

LIES: Final = ("bodies-to-two", "bodies-to-one", "bodies-dripped", "false-root", "over-budget", "repeats")
HEAVY_TRANSACTIONS: Final = 400
HEAVY_OPERATIONS: Final = 64
"""Notes of one transaction; 400 such transactions are more work than a block may hold."""
HEAVY_HEIGHTS: Final = 500
ROUNDS_AHEAD: Final = 8
PROPOSALS_OF_A_ROUND: Final = 2
WITHHOLDS_VOTES: Final = ("bodies-to-one",)
LIED: Final = "proposer.lied"
"""Event in the log of whoever lies, once for each lie."""
FAVOURED: Final = {"bodies-to-two": 2, "bodies-to-one": 1, "bodies-dripped": 0}
"""To how many peers the bodies of an own block are given."""


class HostileReplica(Replica):
    """A replica that lies. ``lie``, ``key`` and ``account`` are set by ``main``, once for the process."""

    lie: str
    key: SigningKey
    account: SigningKey

    def __init__(self, **parts: Any) -> None:
        """``parts``: those of the real replica."""
        super().__init__(**parts)
        self._heavy: dict[TxId, Transaction] = {}
        self._repeated: set[tuple[Height, Round]] = set()

    def handle(self, given: Input, now: Now) -> tuple[Effect, ...]:
        """Take one input as the real replica does, and change what goes out."""
        effects = [each for effect in super().handle(given, now) for each in self._changed(effect)]
        if isinstance(given, FetchRequested) and self._heavy:
            effects = [*self._bodies(given), *effects]
        if self.lie == "repeats":
            effects += self._repeats()
        return tuple(effects)

    # leaves

    def _changed(self, effect: Effect) -> Iterator[Effect]:
        match effect:
            case SignProposal() if self.lie in ("false-root", "over-budget"):
                yield self._false(effect)
            case Broadcast(message=VoteMessage(vote=vote)) | Send(message=VoteMessage(vote=vote)):
                if self.lie not in WITHHOLDS_VOTES or vote.validator != self.work.own_index:
                    yield effect
            case Broadcast(message=PolkaMessage()) | Send(message=PolkaMessage()):
                if self.lie not in WITHHOLDS_VOTES:
                    yield effect
            case Broadcast(message=TransactionBatch()) | Send(message=TransactionsHeld()):
                if self.lie not in FAVOURED:
                    yield effect
            case Respond(response=TransactionsResponse(transactions=transactions)) if self.lie in FAVOURED:
                if effect.peer in self._favoured():
                    yield effect
                    return
                structlog.get_logger().warning(LIED)
                if self.lie == "bodies-dripped":
                    yield replace(effect, response=TransactionsResponse(transactions=transactions[:1]))
            case _:
                yield effect

    def _favoured(self) -> list[PeerId]:
        return sorted(self.peers)[: FAVOURED[self.lie]]

    def _false(self, effect: SignProposal) -> SignProposal:
        """The proposal with a root that nobody gets, or with more work than a block may hold."""
        structlog.get_logger().warning(LIED)
        proposal, block = effect.proposal, effect.block
        tx_ids = proposal.tx_ids
        header = replace(proposal.header, state_root=os.urandom(HASH_BYTES))
        if self.lie == "over-budget":
            self._heavy = {heavy.tx_id: heavy for heavy in self._made(proposal.header.height)}
            tx_ids = tuple(self._heavy)
            header = replace(header, tx_root=tx_root(list(tx_ids)))
        block_id = header_id(header)
        return replace(
            effect,
            proposal=replace(proposal, header=header, block_id=block_id, tx_ids=tx_ids),
            block=replace(block, header=header, block_id=block_id),
        )

    def _made(self, height: Height) -> Iterator[Transaction]:
        notes = (Operation(module="note", action="put", args=("x",)),) * HEAVY_OPERATIONS
        for _ in range(HEAVY_TRANSACTIONS):
            built = build_transaction(
                chain_id=self._verifier.chain_id,
                valid_until=Height(height + HEAVY_HEIGHTS),
                signers=(self.account,),
                operations=notes,
                nonce=os.urandom(NONCE_BYTES),
            )
            yield decode_transaction(built.raw)

    def _bodies(self, asked: FetchRequested) -> Iterator[Respond]:
        """What was made for the block that is over its budget."""
        if isinstance(asked.request, TransactionsRequest):
            wanted = [self._heavy[tx_id] for tx_id in asked.request.tx_ids if tx_id in self._heavy]
            if wanted:
                response = TransactionsResponse(transactions=tuple(wanted))
                yield Respond(peer=asked.peer, request_id=asked.request_id, response=response)

    def _repeats(self) -> Iterator[Broadcast]:
        """Two blocks for each of our rounds, those far ahead too, signed past the guard."""
        work = self.work
        template = next(
            (held for each in work.proposals.rounds() for held in work.proposals.of_round(each)), None
        )
        if template is None or work.own_index is None:
            return
        current = work.consensus.round
        for number in range(current, current + ROUNDS_AHEAD + 1):
            round_ = Round(number)
            if work.proposer_index(round_) == work.own_index and (work.height, round_) not in self._repeated:
                structlog.get_logger().warning(LIED)
                self._repeated.add((work.height, round_))
                for _ in range(PROPOSALS_OF_A_ROUND):
                    yield Broadcast(message=ProposalMessage(proposal=self._signed_again(template, round_)))

    def _signed_again(self, template: Proposal, round_: Round) -> Proposal:
        """A block that differs in its root alone, proposed in a round of ours."""
        header = replace(template.header, proposer=self.key.public_key, state_root=os.urandom(HASH_BYTES))
        unsigned = replace(
            template,
            round=round_,
            valid_round=None,
            header=header,
            block_id=header_id(header),
            signature=NO_SIGNATURE,
        )
        sign_bytes = proposal_sign_bytes(self._verifier.chain_id, unsigned.content)
        return replace(unsigned, signature=self.key.sign(sign_bytes))


@click.command()
@click.argument("home", type=click.Path(path_type=Path))
@click.argument("lie", type=click.Choice(LIES))
def main(home: Path, lie: str) -> None:
    """Run the daemon of a home with a replica that lies."""
    HostileReplica.lie = lie
    HostileReplica.key = read_key(Home(home).consensus_key, None)
    HostileReplica.account = read_key(home / "accounts" / f"{home.name}.key", None)
    with patch.object(assembly, "Replica", HostileReplica):
        run_daemon(Home(home.absolute()), None, os.environ)


if __name__ == "__main__":
    main()
