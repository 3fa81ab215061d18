"""Four organisations run a chain, and no invoice is financed twice: the story of the README, on real daemons.

How: ``p2pchain`` commands as a person would type them, each at the node of its organisation, over one
network.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from p2pchain.testnet.launcher import Launcher
from tests.integration.testnet_driving import SAMPLES, Done, command

AMOUNT = "250.33"
PLAIN_FIELDS = ("NW-2026-0117", "Nordwind", "DE999000117", "HRB 990117", "2026-03-13", "12078.74", "1207874")
TOTAL_AS_CBOR = bytes.fromhex("1a00126e42")
"""1,207,874 minor units."""


def registry(launcher: Launcher, org: str, action: str, *arguments: str) -> Done:
    """A command of the registry, signed by the organisation at its own node."""
    return command(launcher, org, "registry", action, *arguments, "--as", org, "--json")


def standing(done: Done) -> dict[str, Any]:
    """What the event of a command says of the document."""
    events = done.told["events"]
    (fields,) = (event["fields"] for event in events if event["event"] in ("registered", "financed"))
    assert isinstance(fields, dict)
    return fields


@pytest.fixture(scope="module")
def financed(network: Launcher) -> str:
    """The document that bank-a registered from the UBL form and finances."""
    registered = registry(network, "bank-a", "register", str(SAMPLES / "invoice-ubl.xml"))
    assert registered.code == 0, registered
    assert standing(registered)["state"] == "registered"
    assert standing(registered)["match"] is None
    document = str(registered.told["document"])
    done = registry(network, "bank-a", "finance", document, "--amount", AMOUNT)
    assert done.code == 0, done
    assert standing(done)["state"] == "financed"
    assert done.told["document"] == document
    assert done.told["height"] > registered.told["height"]
    return document


def test_the_other_syntax_is_the_same_document_and_already_financed(network: Launcher, financed: str) -> None:
    cii = str(SAMPLES / "invoice-cii.xml")
    again = registry(network, "bank-b", "register", cii)
    assert again.code == 0, again
    told = standing(again)
    assert (told["document"], told["state"], told["match"]) == (financed, "financed", "exact")
    assert told["cross_applicant"] is True
    assert "bank-a" not in again.out, "it names nobody"
    for_people = command(network, "bank-b", "registry", "register", cii, "--as", "bank-b")
    assert "it is financed, exact match, others registered or finance it" in for_people.out, for_people
    refused = registry(network, "bank-b", "finance", financed)
    assert refused.code == 1, refused
    assert refused.told["code"] == "REG_DUPLICATE_FINANCED"
    assert refused.told["facts"]["cross_applicant"] is True
    assert "bank-a" not in refused.out + refused.err


def test_a_changed_total_is_similar_and_must_be_acknowledged(network: Launcher, financed: str) -> None:
    changed = registry(network, "bank-b", "register", str(SAMPLES / "invoice-changed-total.xml"))
    assert standing(changed)["match"] == "similar", changed
    assert changed.told["document"] != financed
    refused = registry(network, "bank-b", "finance", str(changed.told["document"]))
    assert (refused.code, refused.told["code"]) == (1, "REG_SIMILAR_UNACKNOWLEDGED"), refused
    passed = registry(network, "bank-b", "finance", str(changed.told["document"]), "--acknowledge-similar")
    assert (passed.code, standing(passed)["state"]) == (0, "financed"), passed


def test_another_seller_with_this_number_is_no_match(network: Launcher, financed: str) -> None:
    other = registry(network, "bank-b", "register", str(SAMPLES / "invoice-other-seller.xml"))
    assert (other.code, standing(other)["match"]) == (0, None), other


def test_credit_notes_are_refused_by_name(network: Launcher) -> None:
    for form in ("ubl", "cii"):
        refused = registry(network, "bank-a", "register", str(SAMPLES / f"credit-note-{form}.xml"))
        assert (refused.code, refused.told["code"]) == (1, "DOC_CREDIT_NOTE"), refused


@pytest.mark.parametrize("node", ["bank-a", "supplier"])
def test_only_financiers_register(network: Launcher, node: str) -> None:
    file = str(SAMPLES / "invoice-jpy.xml")
    refused = command(network, node, "registry", "register", file, "--as", "supplier", "--json")
    assert (refused.code, refused.told["code"]) == (4, "AUTH_ROLE"), refused


def test_no_plain_invoice_field_reaches_the_data(network: Launcher, financed: str) -> None:
    needles = [field.encode() for field in PLAIN_FIELDS] + [TOTAL_AS_CBOR]
    fingerprint = bytes.fromhex(financed)
    for name in network.names:
        files = [path for path in (network.home(name) / "data").rglob("*") if path.is_file()]
        contents = {path: path.read_bytes() for path in files}
        assert any(fingerprint in data for data in contents.values()), "the search finds what is there"
        found = [(path, needle) for path, data in contents.items() for needle in needles if needle in data]
        assert not found


def test_reading_commands_answer_everywhere(network: Launcher, financed: str) -> None:
    shown = command(network, "buyer", "registry", "show", financed, "--json")
    assert shown.told["state"] == "financed", shown
    peers = command(network, "buyer", "peers")
    assert peers.code == 0, peers
    assert all(name in peers.out for name in ("bank-a", "bank-b", "supplier")), peers
    unknown = command(network, "buyer", "no-such-command")
    assert unknown.code == 2, unknown
    stray = command(network, "buyer", "tx", "show", "00" * 32)
    assert stray.code == 7, stray


def test_a_socket_without_a_daemon_says_so(network: Launcher, tmp_path: Path) -> None:
    done = command(network, "buyer", "--socket", str(tmp_path / "none.sock"), "status")
    assert done.code in (2, 3), done
