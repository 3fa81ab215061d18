"""XML from strangers, parsed within bounds.

Size is checked before the parser sees a byte; a document type declaration, the only place where entities can
be declared, is refused at its first character (OWASP XXE prevention; defusedxml); depth and number of nodes
are counted while parsing.
"""

from __future__ import annotations

import re
from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers.expat import errors

from defusedxml.common import DefusedXmlException, DTDForbidden
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from p2pchain.documents.refusals import DocumentTooComplex, DocumentTooLarge, ForbiddenXml, NotXml

DOCUMENT_BYTES_MAX = 10_000_000
"""Largest document that is parsed, in bytes."""
DEPTH_MAX = 64
"""Deepest nesting of elements; invoices with signatures in their extensions reach about 20."""
NODES_MAX = 250_000
"""Most elements and attributes together: an invoice of some 4,000 lines."""

# XML 1.0 §4.3.3. What every parser knows and sellers' programs write, so that two implementations read the
# same characters; those of one byte as IANA registered them.
_ENCODINGS: Final = frozenset(
    {
        "utf-8",
        "utf-16",
        "us-ascii",
        *(f"iso-8859-{part}" for part in (1, 2, 3, 4, 5, 7, 9, 10, 13, 14, 15, 16)),
        *(f"windows-{page}" for page in (1250, 1251, 1252, 1253, 1254, 1257)),
    }
)
_DECLARED: Final = re.compile(rb"""<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_HEAD_BYTES: Final = 512
_BYTE_ORDER_MARKS: Final = b"\xef\xbb\xbf\xff\xfe"
_PDF: Final = b"%PDF-"
_PDF_HEAD_BYTES: Final = 1_024
"""Where readers look for the header of a PDF (ISO 32000-1, annex H, note 13)."""
# Web shops put a blank line before the declaration, extractors pad the end; neither is in the document.
_BLANK_HEAD: Final = re.compile(rb"(?:\xef\xbb\xbf|[ \t\r\n])+(?=<)")
_UTF_8_MARK: Final = b"\xef\xbb\xbf"
_PADDING: Final = b"\0\x1a \t\r\n"

INVOICE: Final = "invoice"
_HINT: Final = "send the {noun}'s own XML file, complete and in UTF-8"
_WHOLE: Final = "send the {noun}'s own XML file, complete"
_HINTS: Final = {
    errors.codes[message]: hint
    for message, hint in (
        (errors.XML_ERROR_SYNTAX, "the file does not begin as XML does; cut off what stands before <?xml"),
        (errors.XML_ERROR_NO_ELEMENTS, f"the file has no {{noun}} in it; {_WHOLE}"),
        (errors.XML_ERROR_UNCLOSED_TOKEN, f"the file ends too early; {_WHOLE}"),
        (errors.XML_ERROR_TAG_MISMATCH, f"the file is cut or was changed; {_WHOLE}"),
        (
            errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT,
            "something stands behind the end of the {noun}; cut it off",
        ),
        (errors.XML_ERROR_MISPLACED_XML_PI, "something stands before <?xml; cut it off"),
    )
}
"""What to do, by what the parser met; ``_HINT`` for the rest. ``{noun}``: what the file should hold."""
_HINT_PDF: Final = "this is a PDF; send the {noun}'s own XML file"
_HINT_PDF_INVOICE: Final = (
    "this is a PDF; send the XML file that is embedded in it (factur-x.xml, xrechnung.xml)"
)


def parse_xml(data: bytes, noun: str = INVOICE) -> Element:
    """Parse ``data`` and return the root element; comments and processing instructions are left out.

    ``noun``: what a person calls the document that the file should hold; hints speak of it.

    Raises ``DocumentTooLarge``, ``DocumentTooComplex``, ``ForbiddenXml`` or ``NotXml``.
    """
    if len(data) > DOCUMENT_BYTES_MAX:
        raise DocumentTooLarge(size_bytes=len(data), bytes_max=DOCUMENT_BYTES_MAX)
    data = _without_padding(data)
    if not data.lstrip(_BYTE_ORDER_MARKS).startswith(b"<") and _PDF in data[:_PDF_HEAD_BYTES]:
        raise NotXml(reason="a PDF file", line=None, column=None, hint=_pdf_hint(noun))
    _check_encoding(data, noun)
    parser = DefusedXMLParser(target=_BoundedBuilder(), forbid_dtd=True)
    try:
        parser.feed(data)
        root = parser.close()
    except ParseError as error:
        line, column = error.position
        is_pdf = _PDF in data[:_PDF_HEAD_BYTES]
        hint = _pdf_hint(noun) if is_pdf else _HINTS.get(error.code, _HINT).format(noun=noun)
        raise NotXml(reason=str(error), line=line, column=column, hint=hint) from error
    except DefusedXmlException as error:
        construct = "DOCTYPE" if isinstance(error, DTDForbidden) else "entity"
        raise ForbiddenXml(construct=construct) from error
    except (ValueError, LookupError) as error:
        # The head was too odd to show its encoding, expat asked Python for it, and Python does not know it.
        raise NotXml(reason=str(error), line=None, column=None, hint=_HINT.format(noun=noun)) from error
    assert isinstance(root, Element), "a parsed document has a root"
    return root


def _without_padding(data: bytes) -> bytes:
    """Cut white space before the first tag, and zeros and white space behind the last; not in UTF-16."""
    if b"\0" in data[:4]:
        return data
    head = _BLANK_HEAD.match(data)
    mark = _UTF_8_MARK if head and _UTF_8_MARK in head[0] else b""
    start = mark + data[head.end() :] if head else data
    return start.rstrip(_PADDING)


def _pdf_hint(noun: str) -> str:
    return _HINT_PDF_INVOICE if noun == INVOICE else _HINT_PDF.format(noun=noun)


def _check_encoding(data: bytes, noun: str) -> None:
    declared = _DECLARED.match(data[:_HEAD_BYTES].replace(b"\0", b"").lstrip(_BYTE_ORDER_MARKS))
    if declared is not None and declared[1].decode("ascii").lower() not in _ENCODINGS:
        reason = f"encoding {declared[1].decode('ascii')} is not read"
        raise NotXml(reason=reason, line=1, column=0, hint=_HINT.format(noun=noun))


class _BoundedBuilder(TreeBuilder):
    """Builder of the tree that counts while it builds."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._nodes = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        self._nodes += 1 + len(attrs)
        if self._depth > DEPTH_MAX:
            raise DocumentTooComplex(measure="depth", maximum=DEPTH_MAX)
        if self._nodes > NODES_MAX:
            raise DocumentTooComplex(measure="nodes", maximum=NODES_MAX)
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)
