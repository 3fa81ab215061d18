"""Certificates that leave for another ledger and come in from one, by real proof files of signed chains."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trio

from p2pchain.business.certificate import passage
from p2pchain.business.certificate.issuing import HOUR_MS
from p2pchain.business.certificate.passage import PROOF_BYTES_MAX
from p2pchain.codec.certificate_ids import imported_certificate_id
from p2pchain.model.ids import ChainId, Signature
from p2pchain.model.transaction import CODE_OK, Operation
from p2pchain.proofs.proof_file import decode_proof_file, encode_proof_file
from p2pchain.proofs.trust import TrustedBlock
from tests.unit.ledger.certificate_steps import (
    CAPACITY_W,
    NOON_MS,
    WIND,
    Grid,
    act,
    cancel,
    hour,
    issue,
    issue_periods,
    meter,
    name,
    part,
    register,
)
from tests.unit.ledger.ledger_world import CHAIN_ID, facts
from tests.unit.proofs.signed_chain import SignedChain, signed_genesis

ABROAD = ChainId("abroad-1")
FOREIGN_METER = "735005385000000011"
QUORUM = ("body-a", "body-b", "wind", "trader")
ABROAD_MEMBERS = {
    "body-x": ("admin", "issuing-body"),
    "sun": ("admin",),
    "hydro": ("admin",),
    "buyer": ("admin",),
}


class Abroad:
    """Another ledger, whose body has issued for a meter of its own and for one that stands here, too."""

    def __init__(self, chain_id: ChainId = ABROAD, code: str = FOREIGN_METER) -> None:
        self.chain = SignedChain(signed_genesis(chain_id=chain_id, members=ABROAD_MEMBERS))
        self.chain.decide()
        self.device = meter(code)
        self.does(("body-x", "sun"), register(code, owner="sun", area="SE4"))
        trust = act("trust_ledger", CHAIN_ID, 1, bytes(32))
        self.does(("body-x", "sun", "hydro", "buyer"), trust)
        self.noted = self.chain.block

    def does(self, orgs: str | tuple[str, ...], *operations: Operation) -> None:
        """It is accepted there."""
        (receipt,) = self.chain.decide(self.chain.transaction(orgs, *operations))
        assert receipt.code == CODE_OK, receipt

    def exported(
        self,
        text: str,
        number: int = 0,
        *,
        to_ledger: str = CHAIN_ID,
        to_org: str = "trader",
        wh: int = 3_000,
    ) -> bytes:
        """The id of a certificate that is issued there and exported."""
        self.does("body-x", issue(text, (number, wh), device=self.device))
        item = name(text, "body-x")
        self.does("sun", act("export", item, to_ledger, to_org))
        return item

    def proof(self, *keys: bytes, noted: TrustedBlock | None = None) -> bytes:
        """A proof file of records there, from a noted block."""
        self.chain.decide()
        data: bytes = trio.run(self.chain.prover().prove, list(keys), noted or self.noted)
        return data

    def passport(self, item: bytes) -> bytes:
        """The proof file of an export."""
        return self.proof(b"certificate/exported/" + item)


def trusting(abroad: Abroad) -> Grid:
    """A ledger here that trusts a block of the other."""
    grid = Grid()
    trusts(grid, abroad)
    return grid


def trusts(grid: Grid, abroad: Abroad) -> None:
    """The members agree on the block that was noted."""
    noted = abroad.noted
    trust = act("trust_ledger", abroad.chain.genesis.chain_id, int(noted.height), bytes(noted.block_id))
    grid.does(QUORUM, trust)


def imported(data: bytes) -> Operation:
    """Take in what a file proves."""
    return act("import", data)


def test_a_certificate_comes_in_once() -> None:
    abroad = Abroad()
    item = abroad.exported("c")
    grid = trusting(abroad)
    data = abroad.passport(item)
    assert len(data) < PROOF_BYTES_MAX
    assert grid.refuses("office", imported(data)) == "CRT_NOT_OWNER", "it was exported to the trader"
    grid.does("trader", imported(data))
    here = imported_certificate_id(ABROAD, item)
    answer = grid.certificate(here)
    assert (answer["holder"], answer["wh"], answer["ledger"]) == ("trader", 3_000, ABROAD)
    assert (answer["body"], answer["area"]) == ("body-x", "SE4")
    for again in (data, abroad.passport(item)):
        assert grid.refuses("trader", imported(again)) == "CRT_IMPORTED_TWICE", "as of whatever block"
    grid.moves(here, "trader", "office")
    assert grid.refuses("body-a", act("withdraw", here)) == "CRT_NOT_BODY"
    grid.does("office", act("split", here, (1_000, 2_000)))
    grid.does("office", cancel(part(here, 0), beneficiary="office"))
    grid.later(700)
    grid.does("wind", act("expire", (part(here, 1),)))


def test_what_a_file_has_to_prove() -> None:
    abroad = Abroad()
    item = abroad.exported("c")
    kept = abroad.exported("kept", 1, to_ledger=CHAIN_ID)
    data = abroad.passport(item)
    grid = Grid()
    assert grid.refuses("trader", imported(data)) == "CRT_LEDGER_UNTRUSTED"
    trusts(grid, abroad)
    flipped = bytes((*data[:-40], data[-40] ^ 1, *data[-39:]))
    item_alone = abroad.proof(b"certificate/item/" + item)
    both = abroad.proof(b"certificate/exported/" + item, b"certificate/exported/" + kept)
    absent = abroad.proof(b"certificate/exported/" + bytes(32))
    from_genesis: bytes = trio.run(abroad.chain.prover().prove, [b"certificate/exported/" + item], None)
    for wrong in (b"", b"no file", flipped, item_alone, both, absent, from_genesis):
        assert grid.refuses("trader", imported(wrong)) == "CRT_FOREIGN_PROOF"
    grid.does(QUORUM, act("distrust_ledger", ABROAD))
    assert grid.refuses("trader", imported(data)) == "CRT_LEDGER_UNTRUSTED"


def test_no_forged_signature_is_believed() -> None:
    """A file whose digest is right and whose certificate is not."""
    abroad = Abroad()
    data = abroad.passport(abroad.exported("c"))
    grid = trusting(abroad)
    file = decode_proof_file(data)
    certificate = file.final.certificate
    (index, _), *others = certificate.signatures
    forged = replace(certificate, signatures=((index, Signature(bytes(64))), *others))
    changed = replace(file, final=replace(file.final, certificate=forged))
    assert grid.refuses("trader", imported(encode_proof_file(changed))) == "CRT_FOREIGN_PROOF"
    few = replace(certificate, signatures=certificate.signatures[:2])
    changed = replace(file, final=replace(file.final, certificate=few))
    assert grid.refuses("trader", imported(encode_proof_file(changed))) == "CRT_FOREIGN_PROOF"
    grid.does("trader", imported(data))


def test_an_export_for_another_ledger_is_none_for_this() -> None:
    abroad = Abroad()
    elsewhere = act("trust_ledger", "third-1", 1, bytes(32))
    abroad.does(("body-x", "sun", "hydro", "buyer"), elsewhere)
    item = abroad.exported("c", to_ledger="third-1")
    grid = trusting(abroad)
    receipt = grid.submit("trader", imported(abroad.passport(item)))
    assert (receipt.code, facts(receipt)["part"]) == ("CRT_PARTY", "ledger")


def test_who_trusts_whom() -> None:
    grid = Grid()
    trust = act("trust_ledger", ABROAD, 1, bytes(32))
    assert grid.refuses(("body-a", "wind"), trust) == "MEMBERSHIP_NO_QUORUM"
    assert grid.refuses(QUORUM, act("trust_ledger", CHAIN_ID, 1, bytes(32))) == "CRT_PARTY"
    assert grid.refuses(QUORUM, act("distrust_ledger", ABROAD)) == "CRT_LEDGER_UNTRUSTED"
    assert grid.refuses("wind", act("distrust_ledger", ABROAD)) == "MEMBERSHIP_NO_QUORUM"
    item = grid.issued()
    export = act("export", item, ABROAD, "sun")
    assert grid.refuses("wind", export) == "CRT_LEDGER_UNTRUSTED", "a name misspelt loses nothing"
    grid.does(QUORUM, trust)
    (row,) = grid.ledger.query("certificate", "ledgers", {}, None)["ledgers"]
    assert row == {"ledger": ABROAD, "height": 1, "block_id": bytes(32).hex()}
    assert grid.refuses("trader", export) == "CRT_NOT_OWNER"
    use = grid.consumed()
    assert grid.refuses("office", act("export", use, ABROAD, "sun")) == "CRT_KIND"
    grid.does("wind", export)
    assert grid.issue_of(item)["away_wh"] == 3_000_000
    assert grid.refuses("wind", cancel(item)) == "CRT_SPENT"


def test_an_hour_is_issued_on_one_ledger() -> None:
    """The same metering point stands on both ledgers: whoever is first here has the hour."""
    abroad = Abroad(code="571313180000000012")
    assert abroad.device == WIND
    first = abroad.exported("c", 0)
    second = abroad.exported("d", 1)
    grid = trusting(abroad)
    grid.does("body-a", issue("own", (1, CAPACITY_W)))
    assert grid.refuses("trader", imported(abroad.passport(second))) == "CRT_PERIOD_ISSUED"
    grid.does("trader", imported(abroad.passport(first)))
    start_ms, end_ms = hour(0)
    receipt = grid.submit("body-a", issue_periods("e", (start_ms, end_ms, 5)))
    assert (receipt.code, facts(receipt)["ledger"]) == ("CRT_PERIOD_ISSUED", ABROAD)
    third = Abroad(ChainId("third-1"), code="571313180000000012")
    trusts(grid, third)
    assert grid.refuses("trader", imported(third.passport(third.exported("c", 0)))) == "CRT_PERIOD_ISSUED"


def test_parts_of_one_hour_come_in_one_by_one() -> None:
    abroad = Abroad()
    abroad.does("body-x", issue("c", (0, 3_000), device=abroad.device))
    item = name("c", "body-x")
    abroad.does("sun", act("split", item, (1_000, 2_000)))
    grid = trusting(abroad)
    for number in (0, 1):
        abroad.does("sun", act("export", part(item, number), CHAIN_ID, "trader"))
        grid.does("trader", imported(abroad.passport(part(item, number))))


def test_what_was_exported_comes_home_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no more than left, whatever the other ledger claims: here it lies."""
    abroad = Abroad()
    grid = trusting(abroad)
    item = grid.issued(wh=3_000)
    stays = grid.issued("stays", 1, wh=3_000)
    grid.does("wind", act("export", item, ABROAD, "sun"))
    claims = [lying(abroad, monkeypatch, text, of) for text, of in (("c", item), ("d", item), ("e", stays))]
    unknown = lying(abroad, monkeypatch, "f", bytes(32))
    other = lying(abroad, monkeypatch, "g", item, start_ms=NOON_MS - HOUR_MS)
    assert grid.refuses("trader", imported(other)) == "CRT_FOREIGN_PROOF", "another hour than it left with"
    grid.does("trader", imported(claims[0]))
    assert grid.certificate(imported_certificate_id(ABROAD, name("c", "body-x")))["ledger"] is None
    assert grid.issue_of(item)["away_wh"] == 0
    for more in (*claims[1:], unknown):
        assert grid.refuses("trader", imported(more)) == "CRT_NOT_AWAY"


def lying(abroad: Abroad, monkeypatch: pytest.MonkeyPatch, text: str, of: bytes, **facts_: object) -> bytes:
    """The proof file of an export there whose record says that it was issued here, as a part of ``of``."""
    honest = passage._VALUES
    facts = {"device": WIND, "start_ms": NOON_MS, "end_ms": NOON_MS + HOUR_MS, **facts_}
    with monkeypatch.context() as patched:
        patched.setattr(
            passage,
            "_VALUES",
            lambda passport: honest(replace(passport, ledger=CHAIN_ID, issue=of, **facts)),
        )
        return abroad.passport(abroad.exported(text, abroad.chain.ledger.height % 20))


def test_there_and_back_between_two_honest_ledgers() -> None:
    """Both with real blocks and certificates: home, abroad, split there, and a part of it home again."""
    abroad = Abroad()
    home = SignedChain(signed_genesis(chain_id=ChainId("home-1"), members=ABROAD_MEMBERS))
    everybody = tuple(ABROAD_MEMBERS)

    def decides(chain: SignedChain, orgs: str | tuple[str, ...], *operations: Operation) -> None:
        (receipt,) = chain.decide(chain.transaction(orgs, *operations))
        assert receipt.code == CODE_OK, receipt

    decides(home, everybody, act("trust_ledger", ABROAD, int(abroad.noted.height), abroad.noted.block_id))
    abroad.does(everybody, act("trust_ledger", "home-1", int(home.block.height), home.block.block_id))
    noted = home.block
    decides(home, ("body-x", "hydro"), register("H-1", owner="hydro"))
    decides(home, "body-x", issue("c", (0, 3_000), device=meter("H-1")))
    item = name("c", "body-x")
    decides(home, "hydro", act("export", item, ABROAD, "sun"))
    home.decide()
    data: bytes = trio.run(home.prover().prove, [b"certificate/exported/" + item], noted)
    abroad.does("sun", imported(data))
    there = imported_certificate_id("home-1", item)
    abroad.does("sun", act("split", there, (1_000, 2_000)), act("export", part(there, 1), "home-1", "buyer"))
    decides(home, "buyer", imported(abroad.passport(part(there, 1))))
    answer = home.ledger.query("certificate", "show_issue", {"issue": item}, None)
    assert (answer["away_wh"], answer["held_wh"]) == (1_000, 2_000)
    back = imported_certificate_id(ABROAD, part(there, 1))
    answer = home.ledger.query("certificate", "show", {"certificate": back}, None)
    assert (answer["first_wh"], answer["wh"], answer["ledger"], answer["holder"]) == (
        1_000,
        2_000,
        None,
        "buyer",
    )


def test_a_certificate_that_expired_on_its_way() -> None:
    abroad = Abroad()
    data = abroad.passport(abroad.exported("c"))
    grid = trusting(abroad)
    grid.later(700)
    grid.block()
    assert grid.refuses("trader", imported(data)) == "CRT_EXPIRED"
