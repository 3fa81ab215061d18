"""The registry's work behind its commands: documents are read, named and told apart here, on this side of
the socket.
"""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from p2pchain.cli.files import read_file
from p2pchain.cli.session import Session
from p2pchain.client.node_client import NodeClient
from p2pchain.client.private_documents import PrivateDocuments
from p2pchain.client.registry import share_of
from p2pchain.documents.amounts import minor_units
from p2pchain.documents.facts import InvoiceFacts
from p2pchain.documents.fingerprint import Fingerprint, fingerprint
from p2pchain.documents.invoice import read_invoice
from p2pchain.documents.names import KEY_BYTES_MIN
from p2pchain.documents.safe_xml import DOCUMENT_BYTES_MAX
from p2pchain.model.errors import Refused
from p2pchain.model.ids import HASH_BYTES, PublicKey

FINANCIER: Final = "financier"
DOCUMENT_CHARS: Final = 2 * HASH_BYTES
PREFIX_CHARS_MIN: Final = 8
REGISTRY_KEY_BYTES_MAX: Final = 1_024
_HEX: Final = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDocument:
    """An invoice that was read from a file."""

    facts: InvoiceFacts
    fingerprint: Fingerprint

    @property
    def document(self) -> str:
        """Its name on the chain: the exact fingerprint in hexadecimal."""
        return self.fingerprint.exact.hex()


class Desk:
    """One account of a home at work with the registry."""

    def __init__(self, session: Session, client: NodeClient, account: PublicKey) -> None:
        """``account``: whoever asks and signs."""
        self._session = session
        self._client = client
        self._account = account
        self.documents = PrivateDocuments(session.documents)

    async def read(self, path: Path) -> ReadDocument:
        """An invoice with its fingerprint.

        Raises ``Refused``: what ``documents`` refuses, ``AUTH_ROLE`` where the account may not use the
        registry at all, and only then ``REG_KEY_MISSING`` where this home lacks the key that financiers
        share.
        """
        facts = read_invoice(read_file(path, DOCUMENT_BYTES_MAX, "give the XML file of an invoice"))
        key = read_registry_key(self._session.keys / "registry.key")
        if key is None:
            await self._require_financier()
            key_path = str(self._session.keys / "registry.key")
            hint = "put the key that the financiers share there: 64 hexadecimal digits, mode 0600"
            raise Refused("REG_KEY_MISSING", {"path": key_path}, hint)
        return ReadDocument(facts=facts, fingerprint=fingerprint(facts, key))

    async def resolve(self, given: str) -> str:
        """The document that ``given`` names: all of its 64 hexadecimal digits, or the first 8 or more
        where only one document begins so. Raises ``Refused`` ``DOCUMENT_UNKNOWN`` or ``DOCUMENT_AMBIGUOUS``.
        """
        prefix = given.lower()
        if not is_document(prefix):
            raise click.UsageError(
                f"{given!r} is no document: give {PREFIX_CHARS_MIN} to {DOCUMENT_CHARS} of its hex digits"
            )
        if len(prefix) == DOCUMENT_CHARS:
            return prefix
        found = sorted({*self.documents.starting_with(prefix), *await self._registered(prefix)})
        if not found:
            raise Refused("DOCUMENT_UNKNOWN", {"document": given}, "see: p2pchain registry list")
        if len(found) > 1:
            facts = {"document": given, "first": found[0], "second": found[1]}
            raise Refused("DOCUMENT_AMBIGUOUS", facts, "give more of its digits")
        return found[0]

    async def share(self, document: str, amount: str, invoice: Path | None) -> int:
        """The share that an amount (decimal text in the invoice's currency) is of a document's total.

        Raises ``Refused``: ``DOC_INVALID_AMOUNT``, ``REG_EXCEEDS_TOTAL``, ``REG_INVOICE_NEEDED`` where
        this home never read the document, ``REG_INVOICE_MISMATCH`` where ``invoice`` is another one.
        """
        facts = self.documents.find(document) if invoice is None else await self._same(document, invoice)
        if facts is None:
            hint = "give its file with --invoice FILE; the chain holds no amounts"
            raise Refused("REG_INVOICE_NEEDED", {"document": document}, hint)
        return share_of(minor_units(amount, facts.currency), facts.total_minor)

    async def _same(self, document: str, path: Path) -> InvoiceFacts:
        read = await self.read(path)
        if read.document != document:
            told = {"document": document, "found": read.document}
            raise Refused("REG_INVOICE_MISMATCH", told, "this file is another invoice")
        self.documents.keep(read.fingerprint, read.facts)
        return read.facts

    async def _require_financier(self) -> None:
        """Raise ``Refused`` ``AUTH_ROLE`` as the chain would; ``ACCOUNT_UNKNOWN`` where no member has the
        account.
        """
        account = await self._client.query("membership", "account", {"public_key": self._account})
        if FINANCIER not in account["roles"]:
            facts = {"role_needed": FINANCIER, "module": "registry", "account": str(account["name"])}
            raise Refused("AUTH_ROLE", facts, f"sign with an account that holds the role {FINANCIER}")

    async def _registered(self, prefix: str) -> list[str]:
        """At most two documents on the chain that begin with ``prefix``: they are listed in order, so ask
        from there.
        """
        before = int(prefix.ljust(DOCUMENT_CHARS, "0"), 16) - 1
        after = None if before < 0 else before.to_bytes(HASH_BYTES, "big")
        page = await self._client.query("registry", "list", {"after": after, "limit": 2})
        names = [str(entry["document"]) for entry in page["documents"]]
        return [name for name in names if name.startswith(prefix)]


def is_document(text: str) -> bool:
    """Whether a text may name a document: 8 to 64 hexadecimal digits."""
    return _HEX.fullmatch(text.lower()) is not None


def read_registry_key(path: Path) -> bytes | None:
    """The key that financiers share, None where there is none. Raises ``Refused`` ``KEY_PERMISSIONS``,
    ``KEY_DAMAGED``.
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(path.stat().st_mode)
            text = file.read(REGISTRY_KEY_BYTES_MAX).decode("ascii", errors="replace").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        facts = {"path": str(path), "reason": error.strerror}
        raise Refused("KEY_PERMISSIONS", facts, "run as the user that owns the home") from error
    if mode & 0o077:
        raise Refused("KEY_PERMISSIONS", {"path": str(path), "mode": f"{mode:04o}"}, f"chmod 600 {path}")
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) < KEY_BYTES_MIN:
        told = {"path": str(path), "expected": f"{2 * KEY_BYTES_MIN} hexadecimal digits"}
        raise Refused("KEY_DAMAGED", told, "copy it again from another financier")
    return key
