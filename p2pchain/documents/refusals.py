"""Refusals of a document: one class per reason, each with the fault and the remedy.

The codes are stable and listed in ``docs/documents.md``. Facts and hints are for whoever holds the document:
they may quote it, so they stay on the client's side and are never sent to the ledger.
"""

from __future__ import annotations

from typing import Final

from p2pchain.documents.terms import Term
from p2pchain.model.errors import Refused

FOUND_CHARS_MAX = 80
"""Longest piece of a document that a refusal quotes, in characters."""


class DocumentTooLarge(Refused):
    """The file is larger than is ever parsed; nothing in it was looked at."""

    def __init__(self, *, size_bytes: int, bytes_max: int) -> None:
        """``size_bytes`` is the size of the file, ``bytes_max`` the bound."""
        super().__init__(
            "DOC_TOO_LARGE",
            {"bytes": size_bytes, "bytes_max": bytes_max},
            "send it without embedded attachments, or in several files",
        )


class DocumentTooComplex(Refused):
    """The XML is nested deeper, or has more elements and attributes, than is ever parsed."""

    def __init__(self, *, measure: str, maximum: int) -> None:
        """``measure``: ``depth`` or ``nodes``; ``maximum``: the bound that was passed."""
        super().__init__(
            "DOC_TOO_COMPLEX",
            {"measure": measure, "maximum": maximum},
            "ask its sender for a plain file, or for several smaller ones",
        )


class NotXml(Refused):
    """The bytes are no well-formed XML 1.0 document in an encoding that is understood."""

    def __init__(self, *, reason: str, line: int | None, column: int | None, hint: str) -> None:
        """``reason``: the parser's words; ``line`` (from 1), ``column`` (from 0): where it stopped."""
        super().__init__("DOC_NOT_XML", {"reason": quoted(reason), "line": line, "column": column}, hint)


class ForbiddenXml(Refused):
    """The document declares a document type or entities, the vehicle of expansion and inclusion attacks."""

    def __init__(self, *, construct: str) -> None:
        """``construct``: what was declared, such as ``DOCTYPE`` or ``entity``."""
        super().__init__(
            "DOC_FORBIDDEN_XML",
            {"found": construct},
            "remove the DOCTYPE with everything in it; business documents have none",
        )


_EXPECTED: Final = "expected a UBL 2.1 Invoice or a UN/CEFACT CrossIndustryInvoice (D16B or later)"
_ZUGFERD_1: Final = "urn:ferd:"
_OTHER_ROOTS: Final = {
    "CrossIndustryDocument": "this is ZUGFeRD 1.0, the older format: ask for ZUGFeRD 2, Factur-X, XRechnung",
    "StandardBusinessDocument": f"{_EXPECTED}; this is its envelope (SBDH): take the invoice out of it",
}


class WrongRoot(Refused):
    """The root element is neither a UBL 2.1 Invoice nor a UN/CEFACT CrossIndustryInvoice."""

    def __init__(self, *, root: str, namespace: str) -> None:
        """``root``: local name of the root, ``namespace``: its namespace, or empty."""
        super().__init__(
            "DOC_WRONG_ROOT",
            {"found": quoted(root), "namespace": quoted(namespace)},
            _OTHER_ROOTS.get(
                "CrossIndustryDocument" if namespace.startswith(_ZUGFERD_1) else root,
                f"{_EXPECTED}; take the invoice out of its envelope, or convert it",
            ),
        )


class CreditNote(Refused):
    """The document gives money back: a credit note is no claim that can be financed."""

    def __init__(self, *, stated: str) -> None:
        """``stated``: the root element, or the type code (BT-3), that makes it a credit note."""
        super().__init__(
            "DOC_CREDIT_NOTE",
            {"term": Term.TYPE_CODE.id, "name": Term.TYPE_CODE.title, "found": quoted(stated)},
            "a credit note cannot be financed; register the invoice that it corrects",
        )


class NothingDue(Refused):
    """All of the invoice is paid: there is no claim left that could be financed."""

    def __init__(self, *, due: str, total: str, currency: str) -> None:
        """``due``: the amount due (BT-115), as a decimal text, zero or less; ``total``: BT-112."""
        super().__init__(
            "DOC_NOTHING_DUE",
            {"term": Term.DUE.id, "name": Term.DUE.title, "due": due, "total": total, "currency": currency},
            f"{due} {currency} of {total} is due (BT-115), the rest is paid (BT-113): nothing to finance",
        )


class AssignedClaim(Refused):
    """The claim seems to belong to another than the seller: a factor, or whoever it was assigned to."""

    def __init__(self, *, term: Term, stated: str) -> None:
        """``term``: what says so, BT-3 or BT-59; ``stated``: the type code, or how the payee is called."""
        super().__init__(
            "DOC_ASSIGNED",
            {"term": term.id, "name": term.title, "found": quoted(stated)},
            "ask the seller whose claim it is; if it is yours to finance, repeat with --acknowledge-assigned",
        )


class ExceedsDue(Refused):
    """More is to be financed than is due of the invoice."""

    def __init__(self, *, amount: str, due: str, total: str, currency: str) -> None:
        """``amount``: to be financed; ``due``: BT-115; ``total``: BT-112; all decimal texts."""
        super().__init__(
            "DOC_EXCEEDS_DUE",
            {"amount": amount, "due": due, "total": total, "currency": currency},
            f"finance at most what is due: {due} {currency}",
        )


class MissingTerm(Refused):
    """A business term of EN 16931 that the ledger needs is absent or empty."""

    def __init__(self, *, term: Term, path: str, instead: tuple[Term, ...] = ()) -> None:
        """``path``: where the syntax puts the term; ``instead``: terms that would have served as well."""
        facts: dict[str, int | str | bool | None] = {"term": term.id, "name": term.title, "path": path}
        wanted = f"{term.id} ({term.title})"
        if instead:
            facts["instead"] = ", ".join(other.id for other in instead)
            wanted = "one of " + ", ".join(f"{option.id} ({option.title})" for option in (term, *instead))
        super().__init__("DOC_MISSING_TERM", facts, f"ask the seller for an invoice that states {wanted}")


class InvalidTerm(Refused):
    """A business term is there, but does not say one thing that can be understood."""

    def __init__(self, *, term: Term, stated: str, expected: str) -> None:
        """``stated``: what the document says; ``expected``: what it may say there."""
        super().__init__(
            "DOC_INVALID_TERM",
            {"term": term.id, "name": term.title, "found": quoted(stated), "expected": expected},
            f"ask the seller for an invoice whose {term.id} ({term.title}) is {expected}",
        )


class InvalidAmount(Refused):
    """A text is no positive amount of a currency; nothing is rounded."""

    def __init__(self, *, text: str, currency: str, expected: str) -> None:
        """``text``: the text; ``expected``: what it may be."""
        super().__init__(
            "DOC_INVALID_AMOUNT",
            {"found": quoted(text), "currency": quoted(currency), "expected": expected},
            f"write {expected}",
        )


class FingerprintKeyTooShort(Refused):
    """The key that the financiers share is shorter than is safe."""

    def __init__(self, *, key_bytes: int, key_bytes_min: int) -> None:
        """``key_bytes``: length of the key given; ``key_bytes_min``: the least that is accepted."""
        super().__init__(
            "DOC_KEY_TOO_SHORT",
            {"bytes": key_bytes, "bytes_min": key_bytes_min},
            "use the registry key that all financiers of this chain share",
        )


def quoted(text: str) -> str:
    """Quote ``text`` for a terminal: cut to ``FOUND_CHARS_MAX``, unprintables escaped."""
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[:FOUND_CHARS_MAX])
    cut = len(shown) > FOUND_CHARS_MAX or len(text) > FOUND_CHARS_MAX
    return shown[:FOUND_CHARS_MAX] + "..." if cut else shown
