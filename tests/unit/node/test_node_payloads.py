"""Sealed payloads of a node: given to recipients alone, and taken from whoever gives the true one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest
import trio
import trio.testing
from structlog import get_logger
from structlog.testing import capture_logs

from p2pchain.client.private_terms import salted, seal
from p2pchain.codec.messages import decode_fetch_response
from p2pchain.codec.private import payload_root
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.crypto.hashing import sha256
from p2pchain.model.errors import Invalid, Refused
from p2pchain.model.ids import OrgId, PeerId
from p2pchain.model.messages import (
    PAYLOAD_PART_BYTES,
    FetchRequest,
    FetchResponse,
    PayloadRequest,
    PayloadResponse,
)
from p2pchain.model.transaction import Operation
from p2pchain.net.events import FetchArrived, FetchFailed
from p2pchain.net.network import Network
from p2pchain.node.face.private_payloads import Payloads
from p2pchain.storage.files import DiskFailure
from p2pchain.storage.payloads import PayloadStore
from p2pchain.storage.simulated import SimulatedDisk
from tests.unit.ledger.evidence_steps import act as evidence
from tests.unit.ledger.evidence_steps import held, hold
from tests.unit.ledger.ledger_world import organisation
from tests.unit.ledger.membership_steps import set_sealing_key
from tests.unit.ledger.receivable_steps import Market, a_market

HOME = Path("/private")
QUIET_S = 0.05
"""Long enough to ask somebody who should not be asked."""
SECRETS = {org: SigningKey(bytes([number]) * 32) for number, org in enumerate(("buyer", "supplier"))}
KEYS = {org: bytes(secret.public_key) for org, secret in SECRETS.items()}
TREE, ENVELOPE = seal("test-1", "buyer", salted({"contract": bytes(3 * PAYLOAD_PART_BYTES // 2)}), KEYS)
ROOT = payload_root("buyer", TREE)
KEPT = HOME / f"{ROOT.hex()}.sealed"


def market(made: Market | None = None) -> Market:
    """The buyer put a payload for the supplier."""
    made = made or Market()
    for org, secret in SECRETS.items():
        made.does(org, set_sealing_key(org, secret))
    args = (TREE, sha256(ENVELOPE), len(ENVELOPE), tuple(sorted(KEYS)))
    made.does("buyer", Operation(module="private", action="put", args=args))
    return made


@dataclass(slots=True)
class Net:
    """Stands in for the network: what each peer gives, and what was answered to whom."""

    gives: dict[PeerId, bytes] = field(default_factory=dict)
    asked: list[PeerId] = field(default_factory=list)
    answered: list[bytes] = field(default_factory=list)
    answers: dict[bytes, bytes] = field(default_factory=dict)
    """By root: what every peer gives."""

    async def fetch(self, peer: PeerId, request: FetchRequest, _deadline_ms: int) -> FetchResponse:
        await trio.lowlevel.checkpoint()
        self.asked.append(peer)
        assert isinstance(request, PayloadRequest)
        whole = self.gives.get(peer, self.answers.get(request.root))
        if whole is None:
            raise FetchFailed("FETCH_NO_PEER", {"peer": peer})
        start = request.index * PAYLOAD_PART_BYTES
        return PayloadResponse(part=whole[start : start + PAYLOAD_PART_BYTES])

    def respond_encoded(self, _peer: PeerId, _request_id: int, payload: bytes) -> None:
        self.answered.append(payload)


def node(
    made: Market, org: str, net: Net, disk: SimulatedDisk | None = None, bytes_max: int = 10**7
) -> Payloads:
    return Payloads(
        store=PayloadStore(disk or SimulatedDisk(), HOME, bytes_max),
        ledger=made.ledger,
        network=cast(Network, net),
        org=OrgId(org),
        log=get_logger(),
    )


def peer_of(made: Market, org: str) -> PeerId:
    return next(member.peer_id for member in made.ledger.members if member.org == org)


@pytest.mark.parametrize(
    ("org", "gets"), [("buyer", True), ("supplier", True), ("bank-a", False), ("", False)]
)
async def test_it_is_given_to_recipients_alone(org: str, gets: bool) -> None:
    made, net = market(), Net()
    payloads = node(made, "buyer", net)
    await payloads.keep(ROOT, ENVELOPE)
    peer = peer_of(made, org) if org else PeerId("a stranger")
    async with trio.open_nursery() as nursery:
        request = PayloadRequest(root=ROOT, index=1)
        payloads.serve(nursery, FetchArrived(peer=peer, request_id=1, request=request))
    (answer,) = [decode_fetch_response(each) for each in net.answered]
    assert answer == PayloadResponse(part=ENVELOPE[PAYLOAD_PART_BYTES:] if gets else None)


async def run_until(payloads: Payloads, done: Callable[[], bool]) -> None:
    """Fetch what is wanted, from the start of the node on."""
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(payloads.run)
            for _ in range(10**6):
                if done():
                    break
                await trio.sleep(0.001)
            nursery.cancel_scope.cancel()


async def run_for(payloads: Payloads, seconds: float) -> None:
    with trio.move_on_after(seconds):
        await payloads.run()


async def test_it_is_fetched_from_whoever_has_the_true_one() -> None:
    """The owner gives another one; a recipient's node has it only later. Nothing but the true one is kept."""
    made, net, disk = market(), Net(), SimulatedDisk()
    owner = peer_of(made, "buyer")
    for lie in (ENVELOPE[:-1] + b"\x00", ENVELOPE[:-1], b"", bytes(len(ENVELOPE))):
        payloads = node(made, "supplier", net, disk)
        net.gives, net.asked = {owner: lie}, []
        await run_until(payloads, lambda: peer_of(made, "supplier") in net.asked)
        with pytest.raises(Refused, match="PRIV_NOT_HERE"):
            await payloads.read(ROOT)
    payloads = node(made, "supplier", net, disk)
    net.gives, net.asked = {owner: ENVELOPE}, []
    await run_until(payloads, lambda: disk.exists(KEPT))
    assert await payloads.read(ROOT) == ENVELOPE


async def test_a_full_disk_costs_the_payload_for_now() -> None:
    """And it is fetched again once there is room."""
    made, net = market(), Net()
    net.gives = {peer_of(made, "buyer"): ENVELOPE}
    full = [True]

    def watch(operation: str, path: Path) -> None:
        if full[0] and operation == "write":
            raise DiskFailure(operation=operation, path=path, reason="No space left on device", errno=28)

    disk = SimulatedDisk(watch=watch)
    payloads = node(made, "supplier", net, disk)
    with capture_logs() as logs:
        await run_until(payloads, lambda: any(each["event"] == "private.not_kept" for each in logs))
    with pytest.raises(Refused, match="PRIV_NOT_HERE"):
        await payloads.read(ROOT)
    full[0] = False
    payloads = node(made, "supplier", net, disk)
    await run_until(payloads, lambda: disk.exists(KEPT))
    assert await payloads.read(ROOT) == ENVELOPE


async def test_who_is_no_recipient_asks_nobody() -> None:
    made, net = market(), Net()
    net.gives = {peer_of(made, "buyer"): ENVELOPE}
    payloads = node(made, "bank-a", net)
    await run_for(payloads, QUIET_S)
    assert net.asked == []
    with pytest.raises(Refused, match="PRIV_NOT_HERE"):
        await payloads.read(ROOT)


async def test_what_was_erased_is_not_fetched_again() -> None:
    made, net = market(), Net()
    made.does("supplier", Operation(module="private", action="erase", args=(ROOT,)))
    net.gives = {peer_of(made, "buyer"): ENVELOPE}
    payloads = node(made, "supplier", net)
    await run_for(payloads, QUIET_S)
    assert net.asked == []


async def test_only_what_the_chain_names_is_kept() -> None:
    """And what is handed in is an envelope."""
    payloads = node(market(), "buyer", Net())
    _, other = seal("test-1", "buyer", salted({"contract": b"other"}), KEYS)
    with pytest.raises(Refused, match="PRIV_DIGEST"):
        await payloads.keep(ROOT, other)
    with pytest.raises(Invalid):
        await payloads.keep(bytes(32), b"no envelope")
    await payloads.keep(ROOT, ENVELOPE)
    assert await payloads.purge(ROOT)
    assert not await payloads.purge(ROOT)


async def test_what_finds_no_room_is_told_and_not_asked_for() -> None:
    """Until an operator makes room: the next start fetches it."""
    made, net, disk = market(), Net(), SimulatedDisk()
    net.gives = {peer_of(made, "buyer"): ENVELOPE}
    payloads = node(made, "supplier", net, disk, bytes_max=len(ENVELOPE) - 1)
    await run_until(payloads, lambda: bool(payloads.reasons()))
    assert (net.asked, "storage.payloads_bytes_max" in payloads.reasons()[0]) == ([], True)
    with pytest.raises(Refused, match="PRIV_STORE_FULL"):
        await payloads.keep(ROOT, ENVELOPE)
    await payloads.purge(ROOT)
    payloads = node(made, "supplier", net, disk)
    await run_until(payloads, lambda: disk.exists(KEPT))
    assert payloads.reasons() == []


def put(made: Market, owner: str, text: str, size: int | None = None) -> tuple[bytes, bytes]:
    """An owner puts a payload for the supplier; its root and envelope."""
    keys = {org: KEYS["buyer" if org != "supplier" else org] for org in (owner, "supplier")}
    tree, envelope = seal("test-1", owner, salted({"contract": text.encode()}), keys)
    args = (tree, sha256(envelope), size or len(envelope), tuple(sorted(keys)))
    made.does(owner, Operation(module="private", action="put", args=args))
    return payload_root(owner, tree), envelope


async def test_no_owner_takes_the_room_of_the_others() -> None:
    """A member put payloads for all others until their stores were full: another's found no room. Half of the
    room is left now, after a restart, too.
    """
    made, net, disk = market(), Net(), SimulatedDisk()
    made.does("tier-2", set_sealing_key("tier-2", SigningKey(b"t" * 32)))
    net.answers = dict(put(made, "tier-2", f"flood {number}") for number in range(6))
    flood = tuple(net.answers)
    size = len(net.answers[flood[0]])

    def kept() -> int:
        return sum(disk.exists(HOME / f"{root.hex()}.sealed") for root in flood)

    def settled() -> bool:
        reasons = payloads.reasons()
        return bool(reasons) and kept() + int(reasons[0].split()[3]) == len((*flood, ROOT))

    payloads = node(made, "supplier", net, disk, bytes_max=4 * size)
    await run_until(payloads, settled)
    assert 2 <= kept() <= 3, "two of one owner are fetched at a time"
    root, net.answers[root] = put(made, "buyer", "honest 1")
    payloads = node(made, "supplier", net, disk, bytes_max=4 * size)
    await run_until(payloads, lambda: disk.exists(HOME / f"{root.hex()}.sealed"))
    assert kept() <= 3


async def test_a_payload_is_as_long_as_the_chain_says() -> None:
    """One byte was stated, and a part of 256 KiB was kept."""
    made, net, disk = market(), Net(), SimulatedDisk()
    root, envelope = put(made, "buyer", "short", size=1)
    net.answers = {root: envelope, ROOT: ENVELOPE}
    payloads = node(made, "supplier", net, disk)
    await run_until(payloads, lambda: disk.exists(KEPT))
    assert not disk.exists(HOME / f"{root.hex()}.sealed")


def market_with_court() -> Market:
    """The same, with a court in it."""
    genesis = a_market()
    court = replace(organisation("court", ("court",)), nodes=())
    return market(Market(replace(genesis, organisations=(*genesis.organisations, court))))


async def test_what_a_court_holds_is_purged_by_no_node() -> None:
    """From the block of the hold on, and until it is lifted; whether the payload is held or its keeper."""
    made, disk = market_with_court(), SimulatedDisk()
    payloads = node(made, "supplier", Net(), disk)
    await payloads.keep(ROOT, ENVELOPE)
    for subject in ({"payload": ROOT}, {"org": "supplier"}):
        made.does("court", hold(str(subject), **subject))
        with pytest.raises(Refused, match="EVD_HOLD"):
            await payloads.purge(ROOT)
        assert disk.exists(KEPT)
        made.does("court", evidence("lift", held(str(subject))))
    made.does("court", hold("of another", org="buyer"))
    assert await payloads.purge(ROOT)


async def test_a_copy_that_is_gone_is_fetched_again_when_a_court_holds_it() -> None:
    """It was purged a moment before, and nobody has said so on the chain."""
    made, net, disk = market_with_court(), Net(), SimulatedDisk()
    net.gives = {peer_of(made, "buyer"): ENVELOPE}
    payloads = node(made, "supplier", net, disk)
    await payloads.keep(ROOT, ENVELOPE)
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(payloads.run)
            await trio.testing.wait_all_tasks_blocked()
            await payloads.purge(ROOT)
            made.does("court", hold("h", payload=ROOT))
            payloads.committed(made.records[-1])
            for _ in range(10**6):
                if disk.exists(KEPT):
                    break
                await trio.sleep(0.001)
            nursery.cancel_scope.cancel()
