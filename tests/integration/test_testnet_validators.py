"""Validator sets on real nodes: they grow from four to seven and shrink back; a validator takes a new key."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from p2pchain.cli.exits import NOT_PERMITTED
from p2pchain.codec.genesis import format_genesis, genesis_id, parse_genesis
from p2pchain.node.home.layout import Home
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.files import Disk
from p2pchain.storage.safety import SafetyLog
from p2pchain.testnet.launcher import Launcher
from tests.integration.testnet_driving import command, leave_note, state_roots

FOUNDERS = ("bank-a", "bank-b", "buyer", "supplier")
LATER = ("member-5", "member-6", "member-7")
SIGNERS = ("--as", "bank-a", "--as", "bank-b", "--as", "buyer")
"""Admins of three of four organisations."""


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    """Seven members with a node each, of which the first four validate."""
    launcher = Launcher.make(tmp_path_factory.mktemp("validators") / "net", count=7)
    for name in launcher.names:
        home = Home(launcher.home(name))
        document = json.loads(home.genesis.read_text())
        for organisation in document["organisations"]:
            for node in organisation["nodes"]:
                if node["name"] in LATER:
                    node["consensus_key"], node["power"] = None, 0
        home.genesis.write_text(format_genesis(parse_genesis(json.dumps(document).encode())))
        lay_empty_logs(launcher, name)
    launcher.start()
    launcher.wait_for_height(2)
    yield launcher
    launcher.stop()


def lay_empty_logs(launcher: Launcher, name: str) -> None:
    """The logs of another genesis are made anew."""
    home = Home(launcher.home(name))
    own_id = genesis_id(home.read_genesis())
    for directory in (home.chain, home.safety):
        shutil.rmtree(directory)
    ChainLog.create(Disk(), home.chain, genesis=own_id)
    SafetyLog.create(Disk(), home.safety, genesis=own_id)


def validators(launcher: Launcher, name: str = "bank-a") -> list[str]:
    """Organisations whose votes count at the next height."""
    told = command(launcher, name, "membership", "show", "--json").told
    return sorted(each["org"] for each in told["validators"] if each["in_force"])


def wait_for_validators(launcher: Launcher, *orgs: str) -> None:
    for name in launcher.names:
        knows = partial(_knows, launcher, name, sorted(orgs))
        launcher.wait_until(f"{name} knows the validators", knows, 30)


def _knows(launcher: Launcher, name: str, orgs: list[str]) -> bool:
    return validators(launcher, name) == orgs


def votes_of_all(launcher: Launcher, *orgs: str) -> None:
    """Each of these proposes a block, or has its vote in a certificate, and nobody else does from now on."""
    heard: set[str] = set()

    def seen() -> bool:
        leave_note(launcher, "bank-a")
        block = command(launcher, "bank-a", "block", "--json").told
        heard.update({each["org"] for each in block["signed_by"]}, {block["proposer_org"]})
        return heard >= set(orgs)

    launcher.wait_until(f"votes of {orgs}", seen, 60)
    assert heard == set(orgs)


def test_the_set_grows_to_seven(network: Launcher, tmp_path: Path) -> None:
    """Each newcomer proves its key; the founders' admins sign, and from two blocks later it votes."""
    assert validators(network) == sorted(FOUNDERS)
    for name in LATER:
        statement = tmp_path / f"{name}.json"
        assert command(network, name, "key", "prove", str(statement)).code == 0
        signers = (*SIGNERS, *(word for each in LATER for word in ("--as", each) if each < name))
        done = command(network, "bank-a", "membership", "add-validator", str(statement), *signers, "--json")
        assert (done.code, done.told["code"]) == (0, None), done
        network.wait_for_height(done.told["height"] + 2)
    wait_for_validators(network, *FOUNDERS, *LATER)
    votes_of_all(network, *FOUNDERS, *LATER)
    told = command(network, "member-7", "status", "--json").told
    assert (told["validator"], told["faults_tolerated"]) == (True, 2)


def test_an_account_comes_by_a_statement_of_its_key(network: Launcher, tmp_path: Path) -> None:
    """As the operator's page has it: made, proven, added, frozen, thawed, taken away for good."""
    statement = str(tmp_path / "treasury.json")
    own = partial(command, network, "bank-b")
    assert own("key", "new", "treasury").code == 0
    assert own("key", "prove", statement, "--account", "treasury", "--org", "bank-b").code == 0
    adding = ("membership", "add-account", statement, "--role", "admin")
    assert own(*adding, "--as", "bank-b", "--json").told["code"] is None
    assert own("note", "put", "from the treasury", "--as", "treasury").code == 0
    assert own("membership", "freeze", "bank-b", "treasury", "--as", "bank-b").code == 0
    refused = own("note", "put", "while frozen", "--as", "treasury")
    assert refused.code != 0
    assert "AUTH_FROZEN" in refused.out + refused.err
    assert own("membership", "unfreeze", "bank-b", "treasury", "--as", "bank-b").code == 0
    assert own("policy", "own", "bank-b", "2", "--as", "bank-b").code == 0
    leaving = ("membership", "remove-account", "bank-b", "treasury")
    assert own(*leaving, "--as", "bank-b", "--json").told["code"] == "POL_OWN_UNSATISFIED"
    assert own("policy", "own", "bank-b", "1", "--as", "bank-b", "--as", "treasury").code == 0
    assert own(*leaving, "--as", "bank-b", "--json").told["code"] is None
    assert own(*adding, "--as", "bank-b", "--json").told["code"] == "MEMBERSHIP_KEY_USED"


def test_a_claim_is_confirmed_by_another_member(network: Launcher) -> None:
    lei = "529900T8BM49AURSDO55"
    claims = ("membership", "identify", "bank-b", "--lei", lei, "--as", "bank-b")
    assert command(network, "bank-b", *claims).code == 0
    assert "not confirmed" in command(network, "bank-b", "membership", "show").out
    confirms = ("membership", "confirm", "bank-b", lei)
    assert command(network, "bank-b", *confirms, "--as", "bank-b").code == NOT_PERMITTED
    assert command(network, "buyer", *confirms, "--as", "buyer").code == 0
    told = command(network, "bank-b", "membership", "show", "--json").told["organisations"]
    assert [each["lei"] for each in told if each["org"] == "bank-b"] == [lei]


def test_two_of_seven_may_be_gone(network: Launcher) -> None:
    network.kill("member-5", "buyer")
    height = leave_note(network, "bank-a", "without two of seven")
    network.start(["member-5", "buyer"])
    network.wait_for_height(height)


def test_a_running_validator_takes_up_a_new_key(network: Launcher) -> None:
    """No restart, no lost vote afterwards; the old key's files are kept."""
    home = Home(network.home("supplier"))
    before = json.loads(home.consensus_key.read_text())["public_key"]
    assert command(network, "supplier", "key", "rotate", "--as", "supplier", "--dry-run").code == 0
    assert not home.next_key.exists(), "a rehearsal makes no key"
    done = command(network, "supplier", "key", "rotate", "--as", "supplier", "--json")
    assert (done.code, done.told["code"]) == (0, None), done
    new = done.told["new_key"]
    network.wait_until(
        "the new key is taken up",
        lambda: not home.next_key.exists() and (leave_note(network, "bank-a") > 0),
        30,
    )
    assert json.loads(home.consensus_key.read_text())["public_key"] == new != before
    kept = {path.name for path in home.consensus_key.parent.iterdir()}
    assert {f"consensus.retired-{before[:16]}.key", f"consensus.retired-{before[:16]}.guard"} <= kept
    votes_of_all(network, *FOUNDERS, *LATER)
    again = command(network, "supplier", "key", "rotate", "--as", "bank-a", "--json")
    assert again.told["code"] == "AUTH_ROLE"
    network.kill(
        "supplier"
    )  # The refused exchange left a next key: it waits, and the node starts all the same.
    network.start(["supplier"])
    votes_of_all(network, *FOUNDERS, *LATER)


def test_the_set_shrinks_back_by_a_file_that_goes_from_hand_to_hand(
    network: Launcher, tmp_path: Path
) -> None:
    """Admins of more than 2/3 of seven sign; who left follows and votes no more, also after a restart."""
    for name in reversed(LATER):
        file = tmp_path / f"without-{name}.json"
        cosigners = [word for each in FOUNDERS[1:] + LATER[:1] for word in ("--cosigner", each)]
        out = ("--as", "bank-a", "--out", str(file))
        done = command(
            network, "bank-a", "membership", "remove-validator", name, "--no-spare", *out, *cosigners
        )
        assert done.code == 0, done
        assert command(network, "bank-a", "tx", "submit", str(file)).code == 1
        for each in FOUNDERS[1:] + LATER[:1]:
            assert command(network, each, "tx", "sign", str(file), "--as", each).code == 0
        done = command(network, "bank-a", "tx", "submit", str(file), "--json")
        assert (done.code, done.told["code"]) == (0, "OK"), done
        network.wait_for_height(done.told["height"] + 2)
    wait_for_validators(network, *FOUNDERS)
    votes_of_all(network, *FOUNDERS)
    network.restart("member-6")
    height = leave_note(network, "bank-a", "four again")
    network.wait_for_height(height)
    assert len(state_roots(network, height)) == 1
    assert command(network, "member-6", "status", "--json").told["validator"] is False


def test_proofs_lead_over_the_changes(network: Launcher, tmp_path: Path) -> None:
    """From genesis, and from a block before each of them, to a record as of now and to a transaction."""
    height = leave_note(network, "bank-a", "after all changes")
    block = command(network, "bank-a", "block", str(height), "--json").told
    tx_id = block["transactions"][0]["tx_id"]
    changes: list[str] = []
    for first in (None, 1, height // 2, height - 1):
        trust = ["--genesis", str(network.home("bank-a") / "genesis.json")]
        begin: list[str] = []
        if first is not None:
            noted = command(network, "bank-a", "block", str(first), "--json").told
            trust = begin = ["--trusted", f"{first}:{noted['block_id']}"]
        for what in (["system/parameters"], ["--tx", tx_id]):
            file = str(tmp_path / f"{first}-{len(what)}.proof")
            assert command(network, "bank-a", "proof", "get", *what, "--out", file, *begin).code == 0
            done = command(network, "bank-a", "proof", "verify", file, *trust)
            assert done.code == 0, done
            changes += re.findall(r"the validators (.*) since\b", done.out)
    assert changes[0] == changes[1] == changes[2] == changes[3] != changes[-1]
    assert changes[-2:] == ["have not changed"] * 2


def test_every_chain_proves_the_changes(network: Launcher) -> None:
    network.stop()
    others = [flag for name in network.names[1:] for flag in ("--with", str(network.home(name)))]
    done = command(network, "bank-a", "verify", "--deep", *others)
    assert done.code == 0, done
    network.start()
