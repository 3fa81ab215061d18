"""The frozen state: later blocks do not change it, its chunks depend on nothing but the pairs, and a ledger
begins with it as if it had seen every block.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from p2pchain.business.software import MODULES
from p2pchain.codec.block import decode_block_record
from p2pchain.codec.snapshot import CHUNK_BYTES, CHUNK_BYTES_MAX, decode_chunk, decode_window, encode_window
from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.replay_window import ReplayWindow
from p2pchain.ledger.restoration import Base, restore
from p2pchain.ledger.snapshot import chunks
from p2pchain.ledger.validator_lineage import Lineage
from p2pchain.model.errors import Corrupt, Invalid, Refused
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Transaction
from tests.unit.replica.replica_world import Chain, a_genesis, a_transaction

GENESIS = a_genesis(Parameters(tx_lifetime=5))


def grown(heights: int) -> tuple[Chain, list[Transaction]]:
    """A chain with a note in every block."""
    chain, notes = Chain(GENESIS), []
    for height in range(1, heights + 1):
        notes.append(a_transaction(valid_until=height + 4, text=f"note {height}"))
        chain.commit(chain.make(transactions=notes[-1:]))
    return chain, notes


def base_of(chain: Chain) -> Base:
    return Base(header=decode_block_record(chain.records[-1]).block.header, frozen=chain.ledger.freeze())


def test_a_frozen_state_stays_as_it_was() -> None:
    chain, _ = grown(4)
    frozen = chain.ledger.freeze()
    before = dict(frozen.values), tuple(frozen.window)
    chain.commit(chain.make(transactions=[a_transaction(valid_until=9)]))
    chain.extend(8)
    assert (dict(frozen.values), tuple(frozen.window)) == before
    assert frozen.height == 4


def test_a_ledger_from_a_snapshot_goes_on_like_the_others() -> None:
    """Roots, validators, and what the replay window still refuses are the same at every later height."""
    chain, notes = grown(8)
    base = base_of(chain)
    ledger = restore(GENESIS, (), base=base, modules=MODULES)
    assert (ledger.height, ledger.state_root) == (8, chain.ledger.state_root)
    assert ledger.validators == chain.ledger.validators
    for note in notes:
        assert refusal(ledger.check, note) == refusal(chain.ledger.check, note)
    assert refusal(ledger.check, notes[-1]) == "TX_REPEATED"
    chain.extend(7)
    later = [decode_block_record(record).replay for record in chain.records[8:]]
    ledger = restore(GENESIS, later, base=base, modules=MODULES)
    assert (ledger.height, ledger.state_root) == (15, chain.ledger.state_root)
    assert len(ledger.freeze().values) == len(chain.ledger.freeze().values)
    assert tuple(ledger.freeze().window) == tuple(chain.ledger.freeze().window)


def refusal(check: Callable[[Transaction], object], transaction: Transaction) -> str:
    try:
        check(transaction)
    except Refused as fault:
        return fault.code
    return "OK"


def test_blocks_that_do_not_follow_upon_a_snapshot_are_refused() -> None:
    chain, _ = grown(6)
    base = base_of(chain)
    chain.extend(2)
    records = [decode_block_record(record).replay for record in chain.records]
    with pytest.raises(Corrupt, match="CHAIN_GAP"):
        restore(GENESIS, records[7:], base=base, modules=MODULES)
    with pytest.raises(Corrupt, match="CHAIN_GAP"):
        restore(GENESIS, records[5:], base=base, modules=MODULES)
    other, _ = grown(7)
    with pytest.raises(Corrupt, match="CHAIN_PARENT_MISMATCH"):
        restore(GENESIS, [decode_block_record(other.records[6]).replay], base=base, modules=MODULES)


def test_equal_states_make_equal_chunks_whatever_the_order() -> None:
    random = Random(7)
    pairs = [(b"key/%d" % number, random.randbytes(random.randrange(2_000))) for number in range(2_000)]
    made = list(chunks(dict(pairs)))
    random.shuffle(pairs)
    assert list(chunks(dict(pairs))) == made
    assert len(made) > 3
    assert all(len(chunk) <= CHUNK_BYTES + 16 for chunk in made)
    walked = [pair for chunk in made for pair in decode_chunk(chunk)]
    assert dict(walked) == dict(pairs)
    assert [sha256(key) for key, _ in walked] == sorted(sha256(key) for key, _ in pairs)


def test_a_value_larger_than_a_chunk_has_one_of_its_own() -> None:
    values = {b"small": b"1", b"large": bytes(2 * CHUNK_BYTES), b"other": b"2"}
    made = [decode_chunk(chunk) for chunk in chunks(values)]
    assert dict(pair for chunk in made for pair in chunk) == values
    assert 2 * CHUNK_BYTES < CHUNK_BYTES_MAX
    assert not list(chunks({}))


def test_a_window_is_restored_as_it_was() -> None:
    random = Random(3)
    window = ReplayWindow()
    keys = [random.randbytes(32) + random.randbytes(8) for _ in range(60)]
    for height in range(1, 21):
        window.commit(height, keys[3 * height - 3 : 3 * height], 7)
    copy = ReplayWindow()
    copy.restore((*decode_window(encode_window(*block)),) for block in window.frozen())
    assert len(copy) == len(window)
    for height in range(15, 30):
        assert [copy.holds(key, height) for key in keys] == [window.holds(key, height) for key in keys]
    for each in (window, copy):
        each.commit(40, (), 7)
    assert len(copy) == len(window) == 0


def test_a_window_of_broken_keys_is_refused() -> None:
    with pytest.raises(Invalid, match="CODEC_LENGTH"):
        decode_window(encode_window(9, [bytes(39)]))


def test_a_lineage_has_no_link_where_the_validators_stay() -> None:
    chain, _ = grown(3)
    lineage = Lineage((), (chain.ledger.validators,))
    for raw in chain.records:
        record = decode_block_record(raw)
        lineage.follow(record.block.header, record.changes, lambda: pytest.fail("nobody needs it"))
    assert lineage.links == ()
