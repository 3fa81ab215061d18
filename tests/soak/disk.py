"""Whether the disk stays flat: many blocks through the real ledger, chain log, index, snapshots and pruning.

``python -m tests.soak.disk --blocks 100000`` tells the bytes on disk every tenth of the way, and exits 1
where the largest total of the second half is more than a tenth above its smallest. Signatures are stand-ins,
for they cost most of the time and no byte differs; every block is fsynced as in the daemon.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from p2pchain.codec.block import decode_block_record
from p2pchain.codec.genesis import genesis_id, genesis_validators
from p2pchain.ledger.validator_lineage import Lineage
from p2pchain.model.parameters import Parameters
from p2pchain.node.home.index_filling import BlockRows, genesis_owners
from p2pchain.node.home.prune_limit import Pruner
from p2pchain.node.home.snapshot_store import Snapshot, records_of
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.files import Disk
from p2pchain.storage.index import ChainIndex
from p2pchain.storage.snapshots import SnapshotStore
from tests.unit.replica.replica_world import Chain, a_genesis, a_transaction

GROWTH_MAX = 1.10


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is driven, and what is kept."""

    blocks: int
    transactions: int = 3
    keep_heights: int = 5_000
    snapshot_every: int = 1_000
    segment_bytes: int = 262_144


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Bytes on disk at a height."""

    height: int
    chain: int
    snapshots: int
    index: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.chain + self.snapshots + self.index


def drive(home: Path, plan: Plan) -> Iterator[Use]:
    """Drive the blocks; the use of the disk after every snapshot and what it let go."""
    genesis = a_genesis(Parameters())
    files, own_id = Disk(), genesis_id(genesis)
    ChainLog.create(files, home / "chain", genesis=own_id)
    log = ChainLog.open(files, home / "chain", genesis=own_id, segment_bytes=plan.segment_bytes)
    index = ChainIndex(home / "index.sqlite", own_id)
    rows = BlockRows(genesis_owners(genesis))
    store = SnapshotStore(files, home / "state", genesis=own_id)
    chain, lineage = Chain(genesis), Lineage((), (genesis_validators(genesis),))
    lifetime = genesis.parameters.tx_lifetime
    pruner = Pruner(log, keep=plan.keep_heights, lifetime=lambda: lifetime, pruned=index.forget_below)
    for height in range(1, plan.blocks + 1):
        notes = [a_transaction(valid_until=height + 100, text="n" * 200) for _ in range(plan.transactions)]
        chain.commit(chain.make(transactions=notes))
        payload = chain.records.pop()
        chain.finals.clear()
        log.append(height, payload)
        log.sync()
        pruner.prune(height)
        record = decode_block_record(payload)
        index.add_all([rows.of(record)])
        lineage.follow(record.block.header, record.changes, partial(getattr, record, "certificate"))
        if height % plan.snapshot_every == 0:
            frozen = chain.ledger.freeze()
            store.write(
                height, records_of(Snapshot(final=record.final_header, links=lineage.links, frozen=frozen))
            )
            pruner.allow_below(store.heights()[0])
            yield use_of(home, height)
    index.close()
    log.close()


def use_of(home: Path, height: int) -> Use:
    """What lies in the home now."""
    return Use(
        height=height,
        chain=sum(path.stat().st_size for path in (home / "chain").iterdir()),
        snapshots=sum(path.stat().st_size for path in (home / "state").iterdir()),
        index=sum(path.stat().st_size for path in home.glob("index.sqlite*")),
    )


def growth(uses: list[Use]) -> float:
    """Largest over smallest total of the second half, when everything has been pruned at least once."""
    totals = [use.total for use in uses[len(uses) // 2 :]]
    return max(totals) / min(totals)


def main() -> int:
    """Run it as its arguments say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--blocks", type=int, default=100_000)
    plan = Plan(blocks=parser.parse_args().blocks)
    uses: list[Use] = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="p2pchain-soak-") as directory:
        print(f"{'height':>9} {'chain':>12} {'snapshots':>12} {'index':>12} {'total':>12}  bytes")
        for use in drive(Path(directory), plan):
            uses.append(use)
            if use.height % max(plan.snapshot_every, plan.blocks // 10) == 0:
                figures = (use.height, use.chain, use.snapshots, use.index, use.total)
                print(f"{figures[0]:>9,} " + " ".join(f"{each:>12,}" for each in figures[1:]), flush=True)
    found = growth(uses)
    print(
        f"second half: {found - 1:.1%} between the smallest and the largest; {time.monotonic() - began:.0f} s"
    )
    return 0 if found <= GROWTH_MAX else 1


if __name__ == "__main__":
    sys.exit(main())
