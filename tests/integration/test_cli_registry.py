"""The registry from the command line: two banks, a buyer and one invoice in two syntaxes, over real sockets.

The node is a real ledger behind the real control server; every step is one command as a user types it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from p2pchain.cli.main import invoke
from p2pchain.signing.keyfile import write_key
from tests.integration.ledger_node import LedgerNode, served
from tests.integration.small_consortium import ORGS, account_key, genesis

SAMPLES = Path(__file__).parent.parent / "samples"
FIELDS = {"document", "tx_id", "height", "code", "facts", "events"}
SHARES = ("registered", "financed", "released", "cancelled")


@pytest.fixture
def node(tmp_path: Path) -> Iterator[LedgerNode]:
    """Three homes with a key each; the financiers share the key of fingerprints."""
    made = LedgerNode(genesis())
    for org, roles in ORGS.items():
        for directory in ("keys", "accounts"):
            (tmp_path / org / directory).mkdir(parents=True)
        write_key(tmp_path / org / "accounts" / f"{org}.key", account_key(org), "account", None)
        if "financier" in roles:
            registry_key = tmp_path / org / "keys" / "registry.key"
            registry_key.write_text("5a" * 32 + "\n")
            registry_key.chmod(0o600)
    with served(made, [tmp_path / org / "control.sock" for org in ORGS]):
        yield made


@pytest.fixture
def run(
    node: LedgerNode, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Run a registry command of an organisation with ``--json``: exit code and answer."""

    def command(org: str, *arguments: object) -> tuple[int, dict[str, Any]]:
        words = ["--home", str(tmp_path / org), "registry", *map(str, arguments), "--as", org, "--json"]
        code = invoke(words)
        out, err = capsys.readouterr()
        assert err == ""
        return code, json.loads(out)

    return command


def standing(answer: dict[str, Any]) -> dict[str, Any]:
    """What the event of a command says of the document."""
    (fields,) = (event["fields"] for event in answer["events"] if event["event"] in SHARES)
    assert isinstance(fields, dict)
    return fields


def test_the_story(run: Callable[..., tuple[int, dict[str, Any]]], tmp_path: Path) -> None:
    """One invoice in two syntaxes is one document, and only one bank can finance it."""
    code, first = run("bank-a", "register", SAMPLES / "invoice-ubl.xml")
    assert code == 0
    assert first.keys() >= FIELDS
    told = standing(first)
    assert (told["state"], told["match"], told["cross_applicant"]) == ("registered", None, False)
    assert first["height"] == 1
    document = first["document"]

    code, financed = run("bank-a", "finance", document[:8], "--amount", "250.33")
    assert (code, standing(financed)["state"], financed["document"]) == (0, "financed", document)

    code, second = run("bank-b", "register", SAMPLES / "invoice-cii.xml")
    told = standing(second)
    assert (code, second["document"], told["match"], told["state"]) == (0, document, "exact", "financed")
    assert told["cross_applicant"] is True
    assert "bank-a" not in json.dumps(second)

    code, refused = run("bank-b", "finance", document)
    assert (code, refused["code"]) == (1, "REG_DUPLICATE_FINANCED")
    assert (refused["facts"]["state"], refused["facts"]["match"]) == ("financed", "exact")
    assert refused["facts"]["cross_applicant"] is True
    assert refused["facts"]["remaining_share"] == 0
    assert refused["height"] == 4
    assert len(refused["tx_id"]) == 64
    assert "bank-a" not in json.dumps(refused)

    code, checked = run("bank-b", "check", SAMPLES / "invoice-ubl.xml")
    assert (code, checked["match"], checked["financeable"]) == (0, "exact", False)

    code, shown = run("bank-a", "show", document)
    assert (code, shown["private"]["financed"]) == (0, "250.33")

    code, _ = run("bank-a", "release", document, "--reason", "not_funded")
    assert code == 0
    code, taken = run("bank-b", "finance", document)
    assert (code, standing(taken)["state"]) == (0, "financed")

    kept = tmp_path / "bank-a" / "documents" / f"{document}.json"
    assert kept.stat().st_mode & 0o777 == 0o600


def test_parts_up_to_the_total(run: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    """Parts that make up the total to the cent fit; one cent more, or too many digits, do not."""
    _, registered = run("bank-a", "register", SAMPLES / "invoice-ubl.xml")
    document = registered["document"]
    _, shown = run("bank-a", "show", document)
    total = shown["private"]["total"]
    code, refused = run("bank-a", "finance", document, "--amount", "0.01")
    assert (code, refused["code"]) == (1, "REG_SHARE_TOO_SMALL")
    assert run("bank-a", "finance", document, "--amount", "250.33")[0] == 0
    _, shown = run("bank-a", "show", document)
    remaining = shown["private"]["remaining"]
    assert round(float(total) - float(remaining), 2) == 250.33

    code, refused = run("bank-a", "finance", document, "--amount", total)
    assert (code, refused["code"]) == (1, "REG_EXCEEDS_TOTAL")
    code, refused = run("bank-a", "finance", document, "--amount", "0.001")
    assert (code, refused["code"]) == (1, "DOC_INVALID_AMOUNT")
    code, financed = run("bank-a", "finance", document, "--amount", remaining)
    assert (code, standing(financed)["remaining_share"] < 100) == (0, True)
    _, shown = run("bank-a", "show", document)
    assert (shown["private"]["financed"], shown["private"]["remaining"]) == (total, "0.00")


def test_a_similar_document_needs_a_look(run: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    """Same seller and number with another total: told, and financed only once acknowledged."""
    run("bank-a", "register", SAMPLES / "invoice-ubl.xml")
    _, similar = run("bank-b", "register", SAMPLES / "invoice-changed-total.xml")
    assert standing(similar)["match"] == "similar"
    code, refused = run("bank-b", "finance", similar["document"])
    assert (code, refused["code"], refused["facts"]["match"]) == (1, "REG_SIMILAR_UNACKNOWLEDGED", "similar")
    code, financed = run("bank-b", "finance", similar["document"], "--acknowledge-similar")
    assert (code, standing(financed)["state"]) == (0, "financed")
    _, other = run("bank-b", "register", SAMPLES / "invoice-other-seller.xml")
    assert standing(other)["match"] is None


def test_who_may_not(run: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    """An organisation that is no financier is told so, with or without the shared key, and for every
    action.
    """
    document = "ab" * 32
    for arguments in (
        ("register", SAMPLES / "invoice-ubl.xml"),
        ("check", SAMPLES / "invoice-ubl.xml"),
        ("finance", document),
        ("release", document, "--reason", "repaid"),
        ("cancel", document),
        ("check", document),
    ):
        code, refused = run("buyer", *arguments)
        assert (code, refused["code"]) == (4, "AUTH_ROLE")
        assert refused["facts"]["role_needed"] == "financier"


def test_a_financier_without_the_shared_key(
    run: Callable[..., tuple[int, dict[str, Any]]], tmp_path: Path
) -> None:
    (tmp_path / "bank-a" / "keys" / "registry.key").unlink()
    code, refused = run("bank-a", "register", SAMPLES / "invoice-ubl.xml")
    assert (code, refused["code"]) == (1, "REG_KEY_MISSING")


def test_documents_that_are_refused_before_anything_is_sent(
    run: Callable[..., tuple[int, dict[str, Any]]], node: LedgerNode
) -> None:
    code, refused = run("bank-a", "register", SAMPLES / "credit-note-ubl.xml")
    assert (code, refused["code"], refused["tx_id"]) == (1, "DOC_CREDIT_NOTE", None)
    assert node.ledger.height == 0


def test_names_of_documents(run: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    """A prefix is found on the chain, also by who never read the invoice; an unknown one is not found."""
    _, registered = run("bank-a", "register", SAMPLES / "invoice-ubl.xml")
    document = registered["document"]
    code, shown = run("bank-b", "show", document[:8])
    assert (code, shown["document"], shown["private"]) == (0, document, None)
    unknown = "0" * 8 if not document.startswith("0" * 8) else "1" * 8
    code, missing = run("bank-b", "show", unknown)
    assert (code, missing["code"]) == (7, "ID_UNKNOWN")
    code, refused = run("bank-b", "finance", document, "--amount", "1.00")
    assert (code, refused["code"]) == (1, "REG_INVOICE_NEEDED")
    code, listed = run("bank-b", "list")
    assert [entry["document"] for entry in listed["documents"]] == [document]
    code, refused = run(
        "bank-a", "finance", document, "--amount", "1.00", "--invoice", SAMPLES / "invoice-jpy.xml"
    )
    assert (code, refused["code"]) == (1, "REG_INVOICE_MISMATCH")


def test_what_people_read(node: LedgerNode, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Short sentences that name nobody."""

    def say(org: str, *arguments: object) -> tuple[int, str, str]:
        code = invoke(["--home", str(tmp_path / org), "registry", *map(str, arguments)])
        out, err = capsys.readouterr()
        return code, out, err

    _, out, _ = say("bank-a", "register", SAMPLES / "invoice-ubl.xml")
    document = next(line for line in out.splitlines() if ": registered;" in line).partition(":")[0]
    say("bank-a", "finance", document)
    code, out, _ = say("bank-b", "register", SAMPLES / "invoice-cii.xml")
    assert f"{document}: registered; it is financed, exact match, others registered or finance it" in out
    assert "bank-a" not in out
    code, out, err = say("bank-b", "finance", document)
    assert (code, out) == (1, "")
    assert err.startswith("p2pchain: REG_DUPLICATE_FINANCED: already financed")
    assert "bank-a" not in err
    prepaid = (
        '<cbc:PrepaidAmount currencyID="EUR">0.74</cbc:PrepaidAmount><cbc:PayableAmount currencyID="EUR">'
    )
    whole = '<cbc:PayableAmount currencyID="EUR">12078.74'
    paid = altered(tmp_path, (whole, f"{prepaid}12078.00"), ("NW-2026-0117", "NW-2026-0118"))
    _, out, _ = say("bank-a", "register", paid)
    assert "12078.00 EUR of 12078.74 is due" in out
    code, out, _ = say("bank-b", "check", document)
    assert (code, "financed" in out, "exact" in out) == (0, True, True)
    code, out, _ = say("bank-a", "show", document)
    assert (code, "invoice number" in out, "12078.74" in out, "share whole" in out) == (0, True, True, False)
    assert document[:12] in say("bank-b", "list")[1]
    assert document[:12] in say("bank-a", "list", "--mine")[1]
    assert "NW-2026-0117" in say("bank-a", "list", "--state", "financed")[1]


def test_one_digit_of_the_shared_key(
    run: Callable[..., tuple[int, dict[str, Any]]], tmp_path: Path, node: LedgerNode
) -> None:
    """Two banks whose keys differ financed one invoice twice, without a word."""
    _, registered = run("bank-a", "register", SAMPLES / "invoice-ubl.xml")
    run("bank-a", "finance", registered["document"])
    key = tmp_path / "bank-b" / "keys" / "registry.key"
    key.write_text("5a" * 31 + "5b\n")
    height = node.ledger.height
    for words in (("register", SAMPLES / "invoice-ubl.xml"), ("check", SAMPLES / "invoice-ubl.xml")):
        code, refused = run("bank-b", *words)
        assert (code, refused["code"]) == (1, "REG_WRONG_KEY")
    assert node.ledger.height == height, "nothing was sent"
    key.write_text("5a" * 32 + "\n")
    assert standing(run("bank-b", "register", SAMPLES / "invoice-ubl.xml")[1])["match"] == "exact"


def altered(tmp_path: Path, *replacements: tuple[str, str]) -> Path:
    """The sample invoice with other words."""
    text = (SAMPLES / "invoice-ubl.xml").read_text("utf-8")
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "altered.xml"
    path.write_text(text, "utf-8")
    return path


def test_what_is_due_is_financed(run: Callable[..., tuple[int, dict[str, Any]]], tmp_path: Path) -> None:
    """A prepaid invoice was financed whole: 11,578.74 were paid in advance, 500.00 are due."""
    prepaid = '<cbc:PrepaidAmount currencyID="EUR">11578.74</cbc:PrepaidAmount>'
    payable = '<cbc:PayableAmount currencyID="EUR">'
    paid = altered(
        tmp_path, (f"{payable}12078.74</cbc:PayableAmount>", f"{prepaid}{payable}500.00</cbc:PayableAmount>")
    )
    _, registered = run("bank-a", "register", paid)
    document = registered["document"]
    assert registered["part_due"] == {"due": "500.00", "total": "12078.74", "currency": "EUR"}
    code, refused = run("bank-a", "finance", document, "--amount", "500.01")
    assert (code, refused["code"], refused["facts"]["due"]) == (1, "DOC_EXCEEDS_DUE", "500.00")
    assert run("bank-a", "finance", document, "--amount", "300.00")[0] == 0
    code, refused = run("bank-a", "finance", document, "--amount", "200.01")
    assert (code, refused["code"]) == (1, "DOC_EXCEEDS_DUE")
    assert run("bank-a", "finance", document)[0] == 0
    assert run("bank-a", "show", document)[1]["private"]["financed"] == "500.00"
    code, refused = run("bank-a", "finance", document)
    assert (code, refused["code"]) == (1, "DOC_EXCEEDS_DUE")


def test_an_assigned_claim_is_acknowledged(
    run: Callable[..., tuple[int, dict[str, Any]]], tmp_path: Path, node: LedgerNode
) -> None:
    factored = altered(tmp_path, ("<cbc:InvoiceTypeCode>380<", "<cbc:InvoiceTypeCode>393<"))
    code, refused = run("bank-a", "register", factored)
    assert (code, refused["code"], node.ledger.height) == (1, "DOC_ASSIGNED", 0)
    assert run("bank-a", "register", factored, "--acknowledge-assigned")[0] == 0


def test_a_contest_from_the_command_line(run: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    """Words and exit codes; the rules are in ``test_ledger_registry_contest``."""
    _, registered = run("bank-a", "register", SAMPLES / "invoice-ubl.xml")
    document = registered["document"]
    run("bank-a", "finance", document)
    run("bank-b", "register", SAMPLES / "invoice-cii.xml")
    code, contested = run("bank-b", "contest", document[:8])
    fields = contested["events"][0]["fields"]
    assert (code, fields["document"], contested["tx_id"] is not None) == (0, document, True)
    code, shown = run("bank-a", "show", document)
    assert (shown["contested"], shown["contested_claim_is_yours"], shown["lapsed"]) == (True, True, False)
    assert shown["deadline_ms"] > 0
    for words, refusal in (
        (("contest", document), "REG_CONTESTED"),
        (("disclose", document, "--root", "00" * 32), "REG_NOT_CLAIMED"),
        (("uphold", document), "AUTH_ROLE"),
        (("confirm", document), "AUTH_ROLE"),
    ):
        code, refused = run("bank-b", *words)
        assert (code, refused["code"]) == (4 if refusal == "AUTH_ROLE" else 1, refusal)


def test_key_and_terms(node: LedgerNode, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the financiers agree on, and a key that differs."""

    def ask(org: str, *words: str) -> tuple[int, Any, str]:
        code = invoke(["--home", str(tmp_path / org), "registry", *words])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out.startswith("{") else out, err

    assert ask("bank-a", "key", "--json") == (0, {"epochs": [], "own_key_ids": [ANY]}, "")
    ask("bank-a", "register", str(SAMPLES / "invoice-ubl.xml"), "--as", "bank-a")
    code, told, _ = ask("bank-b", "key", "--json")
    assert (code, [(each["epoch"], each["here"]) for each in told["epochs"]]) == (0, [(1, True)])
    (tmp_path / "bank-b" / "keys" / "registry.key").write_text("5b" * 32)
    code, _, err = ask("bank-b", "key")
    assert (code, "REG_WRONG_KEY" in err) == (1, True)
    assert "1.00 %" in ask("bank-b", "terms")[1]
