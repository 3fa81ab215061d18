"""The life of a receivable on four real nodes, as ``scripts/demo receivable`` tells it: every command, every
refusal, and a validator that dies on the way. Afterwards the chains agree, and each replays to its roots.
"""

from __future__ import annotations

from pathlib import Path

from p2pchain.testnet.launcher import READY_HEIGHT, Launcher
from p2pchain.testnet.stories.receivable import tell
from p2pchain.testnet.stories.story import Story
from tests.integration.testnet_driving import command


def test_the_story_of_a_receivable(tmp_path: Path) -> None:
    launcher = Launcher.make(tmp_path / "net", seed="receivables")
    said: list[str] = []
    try:
        launcher.start()
        launcher.wait_for_height(READY_HEIGHT)
        story = Story(launcher, said.append)
        tell(story)
        height = launcher.height("bank-a")
        launcher.wait_for_height(height, names=("bank-a", "buyer", "supplier"))
        listed = command(launcher, "buyer", "receivable", "list", "--holder", "bank-a", "--json").told
        assert [each["amount_minor"] for each in listed["receivables"]] == [60_000_000]
        assert listed["receivables"][0]["financier"] == "bank-a"
        held = str(listed["receivables"][0]["receivable"])
        two = "OutOf(2, bank-a.financier, buyer.issuer)"
        assert command(launcher, "bank-a", "receivable", "set-policy", held, two, "--as", "bank-a").code == 0
        again = ("receivable", "set-policy", held, "--as", "bank-a")
        alone = command(launcher, "bank-a", *again, "--json")
        assert (alone.code, alone.told["code"]) == (4, "POL_UNSATISFIED")
        file = str(tmp_path / "both.json")
        assert command(launcher, "bank-a", *again, "--cosigner", "buyer", "--out", file).code == 0
        assert command(launcher, "buyer", "tx", "sign", file, "--as", "buyer").code == 0
        both = command(launcher, "buyer", "tx", "submit", file, "--json")
        assert both.code == 0
        told_of_transactions(launcher, story.names["genesis"], alone.told["tx_id"], both.told["tx_id"])
        missing = command(launcher, "buyer", "receivable", "show", "00000000")
        assert (missing.code, "ID_UNKNOWN" in missing.err) == (7, True)
    finally:
        launcher.stop()
    homes = [str(launcher.home(name)) for name in ("supplier", "buyer")]
    verified = command(launcher, "bank-a", "verify", "--deep", "--with", homes[0], "--with", homes[1])
    assert verified.code == 0, verified.out + verified.err
    assert any("RCV_NO_RECOURSE" in line for line in said)
    proof, genesis = Path(story.names["proof"]), story.names["genesis"]
    checked = command(launcher, "bank-a", "proof", "verify", str(proof), "--genesis", genesis)
    assert (checked.code, ", complete:" in checked.out) == (0, True)
    told = command(launcher, "bank-a", "proof", "verify", str(proof), "--genesis", genesis, "--json").told
    assert told["trusted"] is None
    refused = command(launcher, "bank-a", "proof", "verify", str(proof), "--trusted", told["proven"])
    assert (refused.code, "PROOF_OTHER_TRUST" in refused.err) == (1, True)
    data = bytearray(proof.read_bytes())
    data[len(data) // 3] ^= 1
    proof.write_bytes(data)
    checked = command(launcher, "bank-a", "proof", "verify", str(proof), "--genesis", genesis)
    assert (checked.code, "PROOF_INVALID" in checked.err) == (1, True)


def told_of_transactions(launcher: Launcher, genesis: str, refused: str, accepted: str) -> None:
    """One that a policy refused, and the same signed by both: each proven as what it is."""
    for tx_id, word, other in ((refused, "REFUSED", "ACCEPTED"), (accepted, "ACCEPTED", "REFUSED")):
        file = str(launcher.places.root / f"{word}.proof")
        assert command(launcher, "buyer", "proof", "get", "--tx", tx_id, "--out", file).code == 0
        checked = command(launcher, "buyer", "proof", "verify", file, "--genesis", genesis)
        assert checked.code == 0, checked
        assert f"transaction {tx_id}: {word}" in checked.out
        assert other not in checked.out
        assert "at genesis the account bank-a of bank-a" in checked.out
        as_json = command(launcher, "buyer", "proof", "verify", file, "--genesis", genesis, "--json").told
        assert as_json["transaction"]["accepted"] == (word == "ACCEPTED")
    unknown = command(launcher, "buyer", "proof", "get", "--tx", "00" * 32, "--out", "unused.proof")
    assert (unknown.code, "TX_UNKNOWN" in unknown.err) == (7, True)
