"""Replays the kept chains on this interpreter: the same roots at each height, or it says where not.

    python -m tests.replay.replaying [FILE]

It needs nothing but the ledger and what that imports (``NEEDED``), so that any interpreter can run it.
"""

from __future__ import annotations

import hashlib
import json
import locale
import platform
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from p2pchain.business.software import MODULES
from p2pchain.codec.cbor import pack, unpack
from p2pchain.codec.genesis import parse_genesis
from p2pchain.codec.transaction import decode_body, transaction_sign_bytes
from p2pchain.codec.voting import decode_evidence
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.chain import StateChange
from p2pchain.model.ids import Height, TxId
from p2pchain.model.transaction import Receipt, Transaction, VerifiedTransaction

CORPUS: Final = Path(__file__).parents[1] / "vectors" / "replay_corpus.cbor.z"
NEEDED: Final = ("cbor2", "py-ed25519-zebra-bindings")
"""Distributions that an interpreter must have for it."""
BYTES_MAX: Final = 64_000_000
ITEMS_MAX: Final = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What goes into a block, and the roots after it; empty where they are not known yet."""

    time_ms: int
    bodies: tuple[bytes, ...]
    evidence: tuple[bytes, ...]
    system: tuple[StateChange, ...]
    roots: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A genesis and the blocks upon it; ``name``: of the test whose chain it is."""

    name: str
    genesis: str
    blocks: tuple[Block, ...]


def replayed(chain: Chain) -> Iterator[tuple[bytes, tuple[Receipt, ...]]]:
    """The roots of state and results after each block, and its receipts."""
    ledger = Ledger.from_genesis(parse_genesis(chain.genesis.encode()), MODULES)
    for block in chain.blocks:
        execution = ledger.execute(
            height=Height(ledger.height + 1),
            time_ms=block.time_ms,
            transactions=[_transaction(body) for body in block.bodies],
            evidence=[decode_evidence(each) for each in block.evidence],
            system=block.system,
        )
        ledger.commit(execution)
        yield execution.state_root + execution.results_root, execution.receipts


def write_corpus(about: str, chains: Sequence[Chain]) -> bytes:
    """The file: ``[about, [[name, genesis, [[time_ms, bodies, evidence, system, roots], ...]], ...]]``, as
    CBOR under zlib.
    """
    items = tuple(
        (
            chain.name,
            chain.genesis,
            tuple((b.time_ms, b.bodies, b.evidence, b.system, b.roots) for b in chain.blocks),
        )
        for chain in chains
    )
    return zlib.compress(pack((about, items)), 9)


def read_corpus(data: bytes) -> tuple[Chain, ...]:
    """The chains of the file."""
    whole: Any = unpack(zlib.decompress(data), bytes_max=BYTES_MAX, items_max=ITEMS_MAX)
    return tuple(
        Chain(
            name=name,
            genesis=genesis,
            blocks=tuple(
                Block(time_ms=time_ms, bodies=bodies, evidence=evidence, system=system, roots=roots)
                for time_ms, bodies, evidence, system, roots in blocks
            ),
        )
        for name, genesis, blocks in whole[1]
    )


def compare(chains: Sequence[Chain]) -> list[str]:
    """Where the roots are others than those that are kept."""
    wrong = []
    for chain in chains:
        for height, (block, (roots, _)) in enumerate(zip(chain.blocks, replayed(chain), strict=True), 1):
            if roots != block.roots:
                part = "state" if roots[:32] != block.roots[:32] else "receipts"
                wrong.append(f"{chain.name}: other {part} from height {height} on")
                break
    return wrong


def main(file: Path = CORPUS) -> int:
    """One line of JSON; 1 where anything differs."""
    locale.setlocale(locale.LC_ALL, "")
    data = file.read_bytes()
    chains = read_corpus(data)
    wrong = compare(chains)
    told = {
        "python": platform.python_version(),
        "locale": locale.setlocale(locale.LC_ALL),
        "corpus": hashlib.sha256(data).hexdigest(),
        "chains": len(chains),
        "blocks": sum(len(chain.blocks) for chain in chains),
        "wrong": wrong,
    }
    print(json.dumps(told))
    return 1 if wrong else 0


def _transaction(body_bytes: bytes) -> VerifiedTransaction:
    """The body as if its signers had signed it: signatures are no business of the ledger."""
    body = decode_body(body_bytes)
    tx_id = TxId(hashlib.sha256(transaction_sign_bytes(body.chain_id, body_bytes)).digest())
    return VerifiedTransaction(
        transaction=Transaction(body=body, body_bytes=body_bytes, signatures=(), raw=body_bytes, tx_id=tx_id)
    )


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
