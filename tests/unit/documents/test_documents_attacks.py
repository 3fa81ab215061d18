"""Hostile and broken files: each is refused with a stable code, at once, and nothing outside is read."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from p2pchain.documents import read_invoice
from p2pchain.documents.safe_xml import DEPTH_MAX, DOCUMENT_BYTES_MAX, NODES_MAX, parse_xml
from p2pchain.model.errors import Refused

SAMPLES = Path(__file__).parents[2] / "samples"
UBL = (SAMPLES / "invoice-ubl.xml").read_bytes()
HEAD, BODY = UBL.split(b"\n", 1)

LAUGHS = b'<!DOCTYPE lolz [<!ENTITY lol "lol">' + b"".join(
    b'<!ENTITY lol%d "%s">' % (n, b"&lol%s;" % (b"%d" % (n - 1) if n > 1 else b"") * 10) for n in range(1, 10)
)


def code_of(data: bytes) -> str:
    """Code of the refusal that reading ``data`` raises."""
    with pytest.raises(Refused) as caught:
        read_invoice(data)
    assert caught.value.hint
    return caught.value.code


@pytest.mark.parametrize(
    "doctype",
    [
        LAUGHS + b"]>",
        b'<!DOCTYPE Invoice [<!ENTITY big "' + b"A" * 100_000 + b'">]>',
        b'<!DOCTYPE Invoice [<!ENTITY xxe SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE Invoice [<!ENTITY % ext SYSTEM "http://127.0.0.1:9/evil.dtd"> %ext;]>',
        b'<!DOCTYPE Invoice SYSTEM "http://127.0.0.1:9/evil.dtd">',
        b'<!DOCTYPE Invoice PUBLIC "-//x//y" "file:///dev/random">',
        b"<!DOCTYPE Invoice>",
        b'<!DOCTYPE Invoice [<!ATTLIST Invoice a CDATA "default">]>',
    ],
    ids=["laughs", "quadratic", "file", "parameter", "system", "public", "bare", "attlist"],
)
def test_document_types_are_forbidden(doctype: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def dialled(*_: object) -> None:
        pytest.fail("the parser opened a connection")

    monkeypatch.setattr(socket.socket, "connect", dialled)
    body = BODY.replace(b"NW-2026-0117", b"&lol9;&big;&xxe;", 1)
    assert code_of(HEAD + doctype + body) == "DOC_FORBIDDEN_XML"
    assert code_of(HEAD + doctype + BODY) == "DOC_FORBIDDEN_XML"


def test_an_entity_that_nobody_declared_is_not_xml() -> None:
    assert code_of(UBL.replace(b"NW-2026-0117", b"&xxe;")) == "DOC_NOT_XML"


def test_xinclude_is_not_followed() -> None:
    include = b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="/etc/passwd"/>'
    assert code_of(UBL.replace(b">NW-2026-0117<", b">" + include + b"<")) == "DOC_INVALID_TERM"


def test_size_is_refused_before_parsing() -> None:
    assert code_of(b"\0" * (DOCUMENT_BYTES_MAX + 1)) == "DOC_TOO_LARGE"
    assert code_of(UBL + b" " * 11_000_000) == "DOC_TOO_LARGE"
    padded = UBL + b" " * (DOCUMENT_BYTES_MAX - len(UBL))
    assert read_invoice(padded).number == "NW-2026-0117"


def test_depth_is_bounded() -> None:
    assert code_of(b"<a>" * 100_000 + b"</a>" * 100_000) == "DOC_TOO_COMPLEX"
    assert code_of(b"<a>" * 100_000) == "DOC_TOO_COMPLEX"
    parse_xml(b"<a>" * DEPTH_MAX + b"</a>" * DEPTH_MAX)
    assert code_of(b"<a>" * (DEPTH_MAX + 1) + b"</a>" * (DEPTH_MAX + 1)) == "DOC_TOO_COMPLEX"


def test_nodes_are_bounded() -> None:
    assert code_of(b"<a>" + b"<b/>" * NODES_MAX + b"</a>") == "DOC_TOO_COMPLEX"
    attributes = b" ".join(b'a%d=""' % n for n in range(NODES_MAX + 1))
    assert code_of(b"<a " + attributes + b"/>") == "DOC_TOO_COMPLEX"


def test_one_huge_text_is_bounded_where_it_matters() -> None:
    assert code_of(UBL.replace(b">NW-2026-0117<", b">" + b"9" * 9_000_000 + b"<", 1)) == "DOC_INVALID_TERM"
    note = UBL.replace(b"Delivered free", b"Delivered free " + b"x" * 9_000_000)
    assert read_invoice(note).number == "NW-2026-0117"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "iso8859-15", "cp1252"])
def test_encodings_that_are_read(encoding: str) -> None:
    names = {
        "utf-8-sig": "UTF-8",
        "latin-1": "ISO-8859-1",
        "iso8859-15": "ISO-8859-15",
        "cp1252": "windows-1252",
    }
    text = UBL.decode().replace("Nordwind Werkzeugbau", "Müller & Söhne".replace("&", "&amp;"))
    declared = text.replace('encoding="UTF-8"', f'encoding="{names.get(encoding, encoding.upper())}"')
    assert read_invoice(declared.encode(encoding)) == read_invoice(text.encode())
    assert read_invoice(declared.encode(encoding)).seller.name == "Müller & Söhne GmbH"


@pytest.mark.parametrize(
    ("name", "byte", "character"), [("windows-1252", 0x80, "€"), ("iso-8859-15", 0xA4, "€")]
)
def test_bytes_of_the_registered_encodings(name: str, byte: int, character: str) -> None:
    text = UBL.replace(b"Nordwind Werkzeugbau", bytes([byte])).replace(b"UTF-8", name.encode())
    assert read_invoice(b"".join(line for line in (text.replace("ß".encode(), b"ss"),))).seller.name == (
        f"{character} GmbH"
    )


@pytest.mark.parametrize(
    ("name", "byte", "character"),
    [
        ("windows-1250", 0xA3, "Ł"),
        ("ISO-8859-2", 0xA3, "Ł"),
        ("Windows-1251", 0xC0, "А"),
        ("iso-8859-7", 0xC1, "Α"),
        ("windows-1254", 0xDD, "İ"),
        ("iso-8859-16", 0xAA, "Ș"),
    ],
)
def test_bytes_of_other_registered_encodings(name: str, byte: int, character: str) -> None:
    text = UBL.replace(b"Nordwind Werkzeugbau", bytes([byte])).replace("ß".encode(), b"ss")
    assert read_invoice(text.replace(b"UTF-8", name.encode())).seller.name == f"{character} GmbH"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (UBL + b"--boundary", "behind the end"),
        (UBL + UBL[UBL.index(b"<Invoice") :], "behind the end"),
        (b"Subject: invoice\n\n" + UBL, "before <?xml"),
        (UBL[:2_000], "too early"),
        (b"<!-- %PDF-1.7 --><a", "this is a PDF"),
        (b" ", "no invoice in it"),
        (UBL.decode().encode("latin-1"), "in UTF-8"),
    ],
)
def test_what_is_wrong_and_how_to_mend_it(data: bytes, words: str) -> None:
    with pytest.raises(Refused) as caught:
        read_invoice(data)
    assert caught.value.code == "DOC_NOT_XML"
    assert words in caught.value.hint


def test_a_byte_that_windows_1252_leaves_free_is_refused() -> None:
    text = UBL.replace(b"Nordwind Werkzeugbau", b"\x81").replace("ß".encode(), b"ss")
    assert code_of(text.replace(b"UTF-8", b"windows-1252")) == "DOC_NOT_XML"


@pytest.mark.parametrize("head", [b"\n", b"\r\n \t", b"\xef\xbb\xbf\n", b"\n\xef\xbb\xbf\xef\xbb\xbf", b""])
@pytest.mark.parametrize("tail", [b"", b"\0\0\0", b"\n\0", b"\x1a", b"\r\n"])
def test_what_stands_before_and_behind_the_document_is_cut(head: bytes, tail: bytes) -> None:
    assert read_invoice(head + UBL + tail) == read_invoice(UBL)


def test_without_a_declaration_it_is_utf_8() -> None:
    assert read_invoice(BODY) == read_invoice(UBL)
    assert read_invoice(b"\xef\xbb\xbf" + BODY) == read_invoice(UBL)
    assert read_invoice(BODY.decode().encode("utf-16")) == read_invoice(UBL)


@pytest.mark.parametrize(
    "data",
    [
        UBL.decode().encode("utf-16-le"),
        UBL.decode().encode("utf-32"),
        UBL.decode().encode("cp037", "replace"),
        UBL.decode().encode("latin-1"),
        UBL.decode().replace("UTF-8", "UTF-16").encode(),
        UBL.replace(b"UTF-8", b"UTF-7"),
        UBL.replace(b"UTF-8", b"idna"),
        UBL.replace(b"UTF-8", b"no-such-encoding"),
        UBL.replace(b"UTF-8", b"shift_jis"),
        UBL.replace(b'encoding="UTF-8"', b"encoding='unicode_escape'"),
        UBL.replace(b' encoding="UTF-8"', b" " * 400 + b' encoding="rot13"'),
        UBL.replace(b' encoding="UTF-8"', b" " * 400 + b' encoding="big5"'),
        UBL.replace(b"Duisburg", b"Duis\x00burg"),
        UBL.replace(b"Duisburg", b"Duis\xff\xfeburg"),
        UBL.replace(b"Duisburg", b"Duis&#0;burg"),
        b"",
        b" ",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"%PDF-1.7\n...",
        b"PK\x03\x04",
        b'{"invoice": 1}',
        b"<Invoice",
        UBL + UBL,
        UBL + b"trailing",
        b"<?xml version='1.1'?><a/>" + UBL,
    ],
)
def test_what_is_not_xml_in_a_known_encoding(data: bytes) -> None:
    assert code_of(data) == "DOC_NOT_XML"


@pytest.mark.parametrize("before", [b"", b"\r\n", b"\xef\xbb\xbf", b"x-mail: 1\n\n", b"\0" * 1_000])
def test_a_pdf_is_told_what_to_do(before: bytes) -> None:
    with pytest.raises(Refused) as caught:
        read_invoice(before + b"%PDF-1.7\n%\xe2\xe3\n1 0 obj")
    assert "this is a PDF" in caught.value.hint


def test_an_invoice_that_speaks_of_a_pdf_is_none() -> None:
    assert read_invoice(UBL.replace(b"?>", b"?><!-- %PDF-1.7 -->", 1)) == read_invoice(UBL)


def test_every_truncation_is_refused() -> None:
    last = UBL.rindex(b">")
    for length in range(0, last, 7):
        assert code_of(UBL[:length]) == "DOC_NOT_XML"
    assert code_of(UBL[:last]) == "DOC_NOT_XML"


@pytest.mark.parametrize(
    "data",
    [
        b"<a/>",
        b"<Invoice/>",
        b'<Invoice xmlns="urn:example"/>',
        b'<x:Order xmlns:x="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>',
        b'<CrossIndustryInvoice xmlns="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:200"/>',
        b'<rsm:CrossIndustryDocument xmlns:rsm="urn:ferd:CrossIndustryDocument:invoice:1p0"/>',
        b"<envelope>" + BODY + b"</envelope>",
        b'<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>',
    ],
)
def test_wrong_roots(data: bytes) -> None:
    assert code_of(data) == "DOC_WRONG_ROOT"


def test_an_invoice_inside_an_extension_is_not_read() -> None:
    """Only the document's own terms count, wherever else something that looks like them stands."""
    decoy = b"<x:Extension xmlns:x='urn:x'>" + BODY.replace(b"NW-2026-0117", b"DECOY-1") + b"</x:Extension>"
    data = UBL.replace(b"  <cbc:CustomizationID>", decoy + b"  <cbc:CustomizationID>", 1)
    assert read_invoice(data) == read_invoice(UBL)
