"""The own clock against those of peers: it is off where one honest validator at least says so."""

from __future__ import annotations

import pytest

from p2pchain.model.genesis import Member
from p2pchain.model.ids import OrgId, PeerId, PublicKey
from p2pchain.model.validators import Validator, ValidatorSet
from p2pchain.net.events import PeerStatistics
from p2pchain.node.health.peer_clocks import own_offset_ms, peer_clock_reasons
from tests.unit.node.peer_statistics import peer

NAMES = ("bank-a", "bank-b", "buyer", "supplier")
KEYS = {name: PublicKey(bytes([index]) * 32) for index, name in enumerate(NAMES)}
VALIDATORS = ValidatorSet(tuple(Validator(public_key=KEYS[name], power=1, org=OrgId(name)) for name in NAMES))
MEMBERS = tuple(
    Member(
        peer_id=PeerId(name),
        org=OrgId(name),
        name=name,
        peer_key=PublicKey(bytes(32)),
        consensus_key=KEYS.get(name),
    )
    for name in (*NAMES, "auditor")
)
PRECISION_MS = 500


def off_ms(**offsets: int) -> int:
    """Of bank-a, whose peers have these offsets."""
    peers = [peer(name.replace("_", "-"), clock_offset_ms=offset) for name, offset in offsets.items()]
    return own_offset_ms(peers, MEMBERS, VALIDATORS, PRECISION_MS)


def reasons(*peers: PeerStatistics) -> list[str]:
    """What bank-a says."""
    return peer_clock_reasons(peers, MEMBERS, VALIDATORS, PRECISION_MS)


def test_clocks_that_agree_say_nothing() -> None:
    assert off_ms(bank_b=500, buyer=-500, supplier=12) == 0
    assert reasons(peer("bank-b"), peer("buyer", clock_offset_ms=None)) == []


@pytest.mark.parametrize("sign", [1, -1])
def test_two_of_four_prove_that_the_own_clock_is_off(sign: int) -> None:
    """By as much as the honest one of them says at least."""
    assert off_ms(bank_b=sign * 60_000, buyer=sign * 61_000) == -sign * 60_000
    assert off_ms(bank_b=sign * 60_000, buyer=sign * 61_000, supplier=sign * 59_000) == -sign * 60_000


def test_one_liar_and_no_observer_proves_anything() -> None:
    assert off_ms(bank_b=60_000) == 0
    assert off_ms(bank_b=60_000, auditor=60_000) == 0
    assert off_ms(bank_b=60_000, buyer=-60_000) == 0


def test_a_slow_answer_proves_nothing() -> None:
    late = [peer(name, clock_offset_ms=2_000, rtt_ms=2_000) for name in ("bank-b", "buyer")]
    assert own_offset_ms(late, MEMBERS, VALIDATORS, PRECISION_MS) == 0


def test_the_words_say_whose_clock_it_is() -> None:
    (own,) = reasons(peer("bank-b", clock_offset_ms=60_000), peer("buyer", clock_offset_ms=60_500))
    assert own == "this node's clock is 60.0 s behind those of bank-b, buyer; see: timedatectl"
    (other,) = reasons(peer("bank-b", clock_offset_ms=-60_000), peer("buyer"), peer("supplier"))
    assert other == "the clock of bank-b is 60.0 s behind this node's; ask its operator"
