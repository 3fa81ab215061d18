"""Facts of the documents that this home has read, which the chain does not hold. There is one private file
for each document.

``<directory>/<document>.json``, mode 0600: without it nobody can turn a share back into an amount. A file
is replaced as a whole, and is durable before the document is submitted.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from p2pchain.codec.exact_json import read_json
from p2pchain.documents.facts import InvoiceFacts, Party, SchemedId
from p2pchain.model.errors import Corrupt, Invalid, Refused

DIRECTORY_MODE: Final = 0o700
FILE_MODE: Final = 0o600
FILE_BYTES_MAX: Final = 65_536
SUFFIX: Final = ".json"
ADDED: Final = frozenset({"orders", "bills", "kind"})
"""Fields that files of earlier versions lack."""


class PrivateDocuments:
    """A directory of facts by document; ``document`` is its id in hexadecimal."""

    def __init__(self, directory: Path) -> None:
        """The directory is made when the first document is kept."""
        self._directory = directory

    def keep(self, document: str, facts: InvoiceFacts) -> None:
        """Write the facts of a document, durably. Raises ``Refused`` ``DOCUMENTS_UNWRITABLE``."""
        content = {"document": document, **asdict(facts)}
        try:
            self._directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
            self._replace(self._path(document), json.dumps(content, indent=2).encode() + b"\n")
        except OSError as error:
            place = {"directory": str(self._directory), "reason": error.strerror}
            raise Refused("DOCUMENTS_UNWRITABLE", place, "run as the user that owns the home") from error

    def find(self, document: str) -> InvoiceFacts | None:
        """The facts of a document, None where this home never read it. Raises ``Corrupt`` for a damaged
        file.
        """
        path = self._path(document)
        try:
            data = path.read_bytes()[:FILE_BYTES_MAX]
        except FileNotFoundError:
            return None
        except OSError as error:
            facts = {"file": str(path), "reason": error.strerror}
            raise Refused("DOCUMENTS_UNREADABLE", facts, "run as the user that owns the home") from error
        try:
            content: Any = read_json(data)
            invoice = facts_of(content)
        except (ValueError, KeyError, TypeError, AttributeError, Invalid) as error:
            hint = "register the document again from its file"
            raise Corrupt("DOCUMENT_FILE_DAMAGED", {"file": str(path), "reason": str(error)}, hint) from error
        for name in ("total_minor", "payable_minor"):
            amount = getattr(invoice, name)
            if type(amount) is not int or amount < 1:
                raise Corrupt("DOCUMENT_FILE_DAMAGED", {"file": str(path), "reason": name})
        return invoice

    def starting_with(self, prefix: str) -> Sequence[str]:
        """The documents whose name starts with ``prefix``, ascending."""
        try:
            names = os.listdir(self._directory)
        except OSError:
            return ()
        documents = (name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX))
        return sorted(document for document in documents if document.startswith(prefix))

    def _path(self, document: str) -> Path:
        return self._directory / f"{document}{SUFFIX}"

    def _replace(self, path: Path, data: bytes) -> None:
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)
        try:
            with open(descriptor, "wb", closefd=False) as file:
                file.write(data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        temporary.replace(path)
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def facts_of(content: dict[str, Any]) -> InvoiceFacts:
    """Build the facts of the JSON that ``keep`` wrote. Raises ``ValueError``, ``KeyError``, ``TypeError`` or
    ``AttributeError``.
    """
    names = InvoiceFacts.__dataclass_fields__.keys()
    held = {name: content[name] for name in names if name in content or name not in ADDED}
    held["seller"] = party_of(held["seller"])
    held["buyer"] = None if held["buyer"] is None else party_of(held["buyer"])
    for name in ("preceding", "orders", "bills"):
        held[name] = tuple(held.get(name, ()))
    return InvoiceFacts(**held)


def party_of(content: dict[str, Any]) -> Party:
    """Build a party of its JSON; raises as ``facts_of``."""
    held = {name: content[name] for name in Party.__dataclass_fields__}
    for name in ("legal_id", "endpoint"):
        held[name] = None if held[name] is None else SchemedId(**held[name])
    for name in ("trading_names", "tax_ids"):
        held[name] = tuple(held[name])
    held["ids"] = tuple(SchemedId(**number) for number in held["ids"])
    return Party(**held)
