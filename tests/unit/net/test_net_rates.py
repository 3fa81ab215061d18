"""What a peer may send of each kind: honest rates pass, floods are throttled, then dropped and named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from p2pchain.codec.messages import BATCH, encode_link
from p2pchain.model.errors import PeerFault
from p2pchain.model.ids import TxId
from p2pchain.model.messages import Ping, TransactionsHeld
from p2pchain.net.accept_limits import ADDRESSES_MAX, ALL_FACTOR, AcceptRates
from p2pchain.net.rates import FLOOD_S, MARGIN, PeerRates, RatedKind, Rates, honest_rates
from p2pchain.node.peers.honest_rates import HonestRates
from tests.unit.ledger.receivable_steps import Market

RATES = honest_rates(validators=4, block_interval_min_ms=50)
SUMMARY_FRAME = bytes((0x85, 5)) + bytes(105)
"""The second byte is the kind; what follows is not looked at before the frame is charged."""
VOTE_FRAME = bytes((0x82, 6)) + bytes(180)
HELD_FRAME = encode_link(TransactionsHeld(tx_ids=(TxId(bytes(32)),)))
PING_FRAME = encode_link(Ping(token=1))


def peer(rates: Rates = RATES) -> PeerRates:
    return PeerRates(lambda: rates, 0.0)


def flood(rates: PeerRates, frame: bytes, seconds: float, per_s: float) -> tuple[int, float]:
    """Send at a rate; how many were taken, and until when. The reader waits as it is told to."""
    now_s, taken, sent_until_s = 0.0, 0, 0.0
    while sent_until_s < seconds:
        sent_until_s += 1 / per_s
        now_s = max(now_s, sent_until_s)
        wait_s = rates.charge(frame, now_s)
        if wait_s is not None:
            now_s += wait_s
            taken += 1
    return taken, now_s


def fault_of(send: Callable[[], object], times_max: int) -> PeerFault:
    """Send again and again until it is a fault."""
    for _ in range(times_max):
        try:
            send()
        except PeerFault as fault:
            return fault
    raise AssertionError(f"no fault after {times_max} times")


@pytest.mark.parametrize("frame", [SUMMARY_FRAME, VOTE_FRAME, HELD_FRAME, PING_FRAME])
def test_at_its_honest_rate_nobody_waits(frame: bytes) -> None:
    """For as long as it likes, and all kinds beside one another."""
    kind = {5: RatedKind.SUMMARY, 6: RatedKind.VOTE, 4: RatedKind.HELD, 1: RatedKind.HEARTBEAT}[frame[1]]
    per_s = RATES[kind].per_s / MARGIN
    taken, until_s = flood(peer(), frame, 120.0, per_s)
    assert taken == pytest.approx(120 * per_s, abs=1)
    assert until_s == pytest.approx(120.0, abs=0.1)


@pytest.mark.parametrize("frame", [SUMMARY_FRAME, VOTE_FRAME, PING_FRAME])
def test_a_flood_is_read_at_its_rate_and_then_ends_the_link(frame: bytes) -> None:
    """It waits in the peer's own connection; the fault names the kind."""
    rates = peer()
    with pytest.raises(PeerFault) as caught:
        flood(rates, frame, 600.0, 50_000)
    assert caught.value.code == "PEER_FLOODS"
    assert caught.value.facts["kind"] in {"summaries", "votes", "heartbeats"}


def test_what_is_read_of_a_flood_is_bounded() -> None:
    """107 bytes each took others' commits from 0.1 s to 10 s: what is read is the burst and the rate."""
    taken, now_s = 0, 0.0
    rates = peer()

    def read_one() -> None:
        nonlocal taken, now_s
        wait_s = rates.charge(SUMMARY_FRAME, now_s)
        assert wait_s is not None
        now_s += wait_s
        taken += 1

    fault_of(read_one, 10**6)
    rate = RATES[RatedKind.SUMMARY]
    assert taken <= rate.burst + rate.per_s * (now_s + 1)
    assert now_s < 3 * FLOOD_S


def test_announced_ids_above_their_rate_are_left_out_and_end_the_link_only_in_masses() -> None:
    """A busy entry node is no attacker: twice the rate costs it its own ids, and no link."""
    rates = peer()
    per_s = RATES[RatedKind.HELD].per_s
    taken, until_s = flood(rates, HELD_FRAME, 60.0, 2 * per_s)
    assert until_s == pytest.approx(60.0, abs=0.1), "the reader never waited"
    assert taken < 1.2 * (60 * per_s + RATES[RatedKind.HELD].burst)
    assert rates.left_out > 0
    with pytest.raises(PeerFault, match="PEER_FLOODS"):
        flood(peer(), HELD_FRAME, 600.0, 100 * per_s)


def test_bytes_count_beside_messages() -> None:
    """A few giant frames are a flood, too."""
    rates = peer()
    giant = bytes((0x82, 6)) + bytes(1_000_000)
    fault_of(lambda: rates.charge(giant, 0.0), 600)


def test_a_new_link_brings_no_new_burst() -> None:
    """Who is dropped and comes again at once is as far as it was."""
    rates = peer()
    with pytest.raises(PeerFault):
        flood(rates, SUMMARY_FRAME, 600.0, 50_000)
    fault_of(lambda: rates.charge(SUMMARY_FRAME, 25.0), 1_000)


def test_requests_are_charged() -> None:
    """Each costs a read of the disk."""
    rates = peer()
    fault = fault_of(lambda: rates.charge_request(b"\x00" * 12, 0.0), 100_000)
    assert fault.facts["kind"] == "requests"


def test_rates_follow_the_chain() -> None:
    """More validators vote more; they are looked up for each message, so governance reaches living links."""
    ledger = Market().ledger
    rates = HonestRates(ledger)
    validators = len(ledger.validators.members)
    interval_ms = ledger.parameters.block_interval_min_ms
    assert rates() == honest_rates(validators=validators, block_interval_min_ms=interval_ms)
    assert rates() is rates()
    more = honest_rates(validators=100, block_interval_min_ms=50)
    assert more[RatedKind.VOTE].per_s == 25 * RATES[RatedKind.VOTE].per_s


def test_an_address_opens_so_many_connections_and_all_together_so_many() -> None:
    """A handshake costs milliseconds before anybody has said who he is."""
    rates = AcceptRates(per_s=8.0, burst=64)
    assert [rates.take("203.0.113.1", 0.0) for _ in range(70)].count(True) == 64
    assert rates.take("203.0.113.2", 0.0), "another address is not shut out"
    assert rates.take("203.0.113.1", 0.2)
    everybody = [rates.take(f"198.51.100.{number}", 1.0) for number in range(ADDRESSES_MAX * 2)]
    assert everybody.count(True) <= 64 * ALL_FACTOR


def test_the_block_topic_is_charged() -> None:
    """Each message there costs a signature: each counts, and a heap of them is a flood by itself."""
    rates, honest = peer(), RATES[RatedKind.TOPIC].per_s / MARGIN
    assert all(rates.charge_topic(1, 1_024, number / honest) == 0 for number in range(10_000))
    fault = fault_of(lambda: rates.charge_topic(100, 1_024, 10_000 / honest), 30)
    assert (fault.code, fault.facts["kind"]) == ("PEER_FLOODS", "messages of the block topic")
    assert fault_of(lambda: peer().charge_topic(1_200, 200_000, 0.0), 1).code == "PEER_FLOODS"


def test_openings_of_streams_are_charged() -> None:
    """A link that comes and goes is not held up; streams without end are."""
    rates = peer()
    for number in range(10_000):
        rates.charge_stream(number / 3)
    fault = fault_of(lambda: rates.charge_stream(4_000.0), 200)
    assert (fault.code, fault.facts["kind"]) == ("PEER_FLOODS", "openings of streams")


def test_pushes_are_left_out_while_the_peer_rests_and_nothing_else_is() -> None:
    """Without blame, however many: the node has no use for more."""
    rates = peer()
    batch = bytes((0x82, BATCH)) + bytes(200)
    rates.rest(1.0)
    assert [rates.charge(batch, number / 100_000) for number in range(90_000)] == [None] * 90_000
    assert rates.left_out == 90_000
    assert rates.charge(HELD_FRAME, 0.95) == rates.charge(VOTE_FRAME, 0.95) == 0.0
    assert rates.charge(batch, 1.0) == 0.0
