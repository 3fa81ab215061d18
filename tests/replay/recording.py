"""Makes ``tests/vectors/replay_corpus.cbor.z`` anew, after a change of rules that was meant:

    .venv/bin/python -m tests.replay.recording

The chains are those of the unit tests of the ledger, which drive every module through what it accepts and
what it refuses: the tests run once more, and every world that they make of the software's own modules is kept
with its blocks. The roots beside them are what this software makes of them now.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Final

import pytest

from p2pchain.business.software import MODULES
from p2pchain.codec.genesis import format_genesis
from p2pchain.codec.transaction import decode_body, encode_body
from p2pchain.codec.voting import encode_evidence
from p2pchain.model.errors import Fault
from tests.replay.replaying import CORPUS, Block, Chain, compare, replayed, write_corpus
from tests.unit.ledger import ledger_world
from tests.unit.ledger.ledger_world import World

TESTS: Final = "tests/unit/ledger"
ABOUT: Final = (
    "Chains of this project's own ledger tests, with the roots after each block; made by tests/replay/"
    "recording.py, replayed by tests/replay/replaying.py. A second implementation may use this file freely."
)


class Recorder:
    """Collects the worlds of each test when it has passed."""

    def __init__(self) -> None:
        self.chains: dict[tuple[str, tuple[Block, ...]], Chain] = {}
        self.left_out: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Pytest makes what one test needs: its worlds may be among that."""
        ledger_world.MADE.clear()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> object:
        """Pytest runs one test."""
        yield
        for world in ledger_world.MADE:
            self._keep(item.nodeid.removeprefix(TESTS + "/"), world)
        return None

    def _keep(self, name: str, world: World) -> None:
        if world.modules is not MODULES or not world.records:
            return
        try:
            chain = chain_of(name, world)
        except (Fault, ValueError, AssertionError):
            self.left_out.append(name)
            return
        self.chains.setdefault((chain.genesis, chain.blocks), chain)


def chain_of(name: str, world: World) -> Chain:
    """What a world did, with its roots; raises where it did what no chain can hold."""
    blocks = []
    for record, system in zip(world.records, world.systems, strict=True):
        bodies = []
        for each in record.block.transactions:
            bodies.append(encode_body(each.transaction.body))
            assert decode_body(bodies[-1]) == each.transaction.body, "a body that no wire carries"
        blocks.append(
            Block(
                time_ms=record.block.header.time_ms,
                bodies=tuple(bodies),
                evidence=tuple(encode_evidence(each) for each in record.block.evidence),
                system=system,
            )
        )
    bare = Chain(name=name, genesis=format_genesis(world.genesis), blocks=tuple(blocks))
    roots = [found for found, _ in replayed(bare)]
    known = tuple(replace(block, roots=root) for block, root in zip(bare.blocks, roots, strict=True))
    return replace(bare, blocks=known)


def record() -> Recorder:
    """Run the tests, and collect."""
    recorder = Recorder()
    code = pytest.main(["-q", "-p", "no:cacheprovider", TESTS], plugins=[recorder])
    if code != pytest.ExitCode.OK:
        raise SystemExit("the tests of the ledger must pass first")
    return recorder


if __name__ == "__main__":
    made = record()
    # A test may have lowered a bound for its time: such a chain comes out otherwise afterwards.
    kept = [chain for chain in made.chains.values() if not compare([chain])]
    CORPUS.write_bytes(write_corpus(ABOUT, kept))
    print(
        f"{len(made.chains)} chains; left out: {', '.join(sorted(set(made.left_out))) or 'none'}",
        file=sys.stderr,
    )
