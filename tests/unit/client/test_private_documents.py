"""Private facts of documents: whole files, readable by their owner alone, and damage is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from p2pchain.client.private_documents import PrivateDocuments
from p2pchain.documents import read_invoice
from p2pchain.documents.facts import InvoiceFacts
from p2pchain.model.errors import Corrupt, Refused

SAMPLE = Path(__file__).parents[2] / "samples" / "invoice-ubl.xml"


DOCUMENT = "ab" * 32


@pytest.fixture
def invoice() -> InvoiceFacts:
    return read_invoice(SAMPLE.read_bytes())


def test_kept_and_found_again(tmp_path: Path, invoice: InvoiceFacts) -> None:
    document = DOCUMENT
    documents = PrivateDocuments(tmp_path / "documents")
    assert documents.starting_with("") == ()
    documents.keep(document, invoice)
    documents.keep(document, invoice)
    assert documents.find(document) == invoice
    assert documents.find("00" * 32) is None
    assert documents.starting_with(document[:8]) == [document]
    assert [path.name for path in (tmp_path / "documents").iterdir()] == [f"{document}.json"]
    assert (tmp_path / "documents").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "documents" / f"{document}.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"{}", b'{"total_minor": 1}'])
def test_damage_is_told(tmp_path: Path, invoice: InvoiceFacts, damage: bytes) -> None:
    documents = PrivateDocuments(tmp_path)
    document = DOCUMENT
    documents.keep(document, invoice)
    (tmp_path / f"{document}.json").write_bytes(damage)
    with pytest.raises(Corrupt) as caught:
        documents.find(document)
    assert caught.value.code == "DOCUMENT_FILE_DAMAGED"


@pytest.mark.parametrize("total", [0, -1, "1", None, True])
def test_a_total_that_is_none(tmp_path: Path, invoice: InvoiceFacts, total: object) -> None:
    documents = PrivateDocuments(tmp_path)
    documents.keep(DOCUMENT, invoice)
    path = tmp_path / f"{DOCUMENT}.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "total_minor": total}))
    with pytest.raises(Corrupt):
        documents.find(path.stem)


def test_where_it_cannot_write(tmp_path: Path, invoice: InvoiceFacts) -> None:
    (tmp_path / "documents").write_text("a file")
    with pytest.raises(Refused) as caught:
        PrivateDocuments(tmp_path / "documents").keep(DOCUMENT, invoice)
    assert caught.value.code == "DOCUMENTS_UNWRITABLE"
