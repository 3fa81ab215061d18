"""A validator's home with a chain in it, real keys and real signatures: two validators, of which the other
holds a quorum alone, so that blocks come with our signature or without it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from structlog import get_logger

from p2pchain.codec.block import encode_block_record
from p2pchain.codec.genesis import genesis_id
from p2pchain.codec.voting import vote_sign_bytes
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.ledger.kernel import Ledger
from p2pchain.mempool.pool import PoolLimits
from p2pchain.model.chain import BlockRecord
from p2pchain.model.genesis import Genesis, GenesisAccount, GenesisNode, GenesisOrganisation
from p2pchain.model.ids import BlockId, ChainId, Height, OrgId, Round
from p2pchain.model.parameters import Parameters
from p2pchain.model.safety import NO_LOCK
from p2pchain.model.voting import CommitCertificate, VoteContent, VoteKind
from p2pchain.node.home.config import NodeConfig
from p2pchain.node.home.key_guard import Guarded, open_guard
from p2pchain.node.home.layout import Home, lay_out
from p2pchain.node.home.recovery import recover
from p2pchain.proofs.verifier import Verifier
from p2pchain.replica.blocks import BlockMaker, tip_of
from p2pchain.replica.start_state import origin_of
from p2pchain.signing.keyfile import write_key
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.files import Disk

OWN, OTHER = SigningKey(b"o" * 32), SigningKey(b"t" * 32)
CHAIN = ChainId("guarded")
BLOCK = BlockId(b"b" * 32)
CONFIG = NodeConfig(
    name="own",
    listen="/ip4/127.0.0.1/tcp/0",
    peers=(),
    control_socket=None,
    control_group=None,
    http=None,
    log_level="info",
    log_format="text",
    pool=PoolLimits(),
)


def a_genesis(time_ms: int = 1_800_000_000_000) -> Genesis:
    """The own validator of power 1, another of power 9."""
    organisations = []
    for name, key, power in (("other", OTHER, 9), ("own", OWN, 1)):
        node = GenesisNode(
            name=name,
            peer_key=SigningKey(name.encode().ljust(32)).public_key,
            consensus_key=key.public_key,
            power=power,
        )
        account = GenesisAccount(
            name=name,
            public_key=SigningKey(name.upper().encode().ljust(32)).public_key,
            roles=("financier",),
        )
        organisations.append(
            GenesisOrganisation(
                org=OrgId(name),
                legal_name=name,
                roles=("financier", "validator"),
                accounts=(account,),
                nodes=(node,),
            )
        )
    return Genesis(
        chain_id=CHAIN, time_ms=time_ms, parameters=Parameters(), organisations=tuple(organisations)
    )


def a_home(path: Path, genesis: Genesis | None = None, key: SigningKey = OWN) -> Home:
    """A new home with its consensus key."""
    home = Home(path)
    lay_out(home, CONFIG, genesis or a_genesis())
    write_key(home.consensus_key, key, "consensus", None)
    return home


def extend(home: Home, *signed_by_us: bool) -> None:
    """Further blocks in the chain log, each with our precommit in its certificate or without."""
    genesis = a_genesis()
    recovered = recover(home, genesis, get_logger())
    recovered.index.close()
    recovered.chain_log.close()
    ledger: Ledger = recovered.ledger
    tip = origin_of(recovered.genesis_id, genesis.time_ms, ledger, recovered.last, ()).tip
    maker = BlockMaker(ledger, Verifier(CHAIN))
    log = ChainLog.open(Disk(), home.chain, genesis=genesis_id(genesis))
    for ours in signed_by_us:
        candidate = maker.build(
            tip, proposer=OTHER.public_key, now_ms=tip.time_ms + 50, transactions=(), evidence=()
        )
        block, execution = candidate.block, candidate.execution
        content = VoteContent(
            kind=VoteKind.PRECOMMIT, height=block.height, round=Round(0), block_id=block.block_id
        )
        keys = {key.public_key: key for key in ((OWN, OTHER) if ours else (OTHER,))}
        signatures = tuple(
            (index, keys[member.public_key].sign(vote_sign_bytes(CHAIN, content)))
            for index, member in enumerate(ledger.validators.members)
            if member.public_key in keys
        )
        certificate = CommitCertificate(
            height=block.height, round=Round(0), block_id=block.block_id, signatures=signatures
        )
        tip = tip_of(block, certificate, ledger.validators)
        ledger.commit(execution)
        record = BlockRecord(
            block=block, certificate=certificate, receipts=execution.receipts, changes=execution.changes
        )
        log.append(block.height, encode_block_record(record))
    log.sync()
    log.close()


def start(home: Home, key: SigningKey = OWN) -> Guarded:
    """The key with its guard, as the daemon opens it."""
    recovered = recover(home, home.read_genesis(), get_logger())
    recovered.index.close()
    return open_guard(home, key, recovered, get_logger())


def why(home: Home) -> str | None:
    """The code for which it signs nothing when it starts now."""
    guarded = start(home)
    assert (guarded.reason() is None) == (guarded.stopped is None)
    return None if guarded.stopped is None else guarded.stopped.code


def sign(guarded: Guarded, height: int, round_number: int = 0, block_id: Any = BLOCK) -> None:
    """Prevote and precommit at a place."""
    assert guarded.signer is not None
    for kind in VoteKind:
        content = VoteContent(kind=kind, height=Height(height), round=Round(round_number), block_id=block_id)
        guarded.signer.sign_vote(content, validator=0, lock=NO_LOCK, block=None, polka=None)
