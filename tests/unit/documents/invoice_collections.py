"""Collections of invoices with what is known of each pair: one document, similar, or neither.

Our own are ``tests/samples``. The examples of EN 16931 (ConnectingEurope/eInvoicing-EN16931, EUPL 1.2) are
tried as well where ``../shared/data/einvoices`` is beside the repository; each kind of pair that they hold is
among ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TOP: Final = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Files of one folder by their stems.

    ``documents``: files in one group are one document. ``similar``: documents of one seller and number, with
    another date or total. ``two_sellers``: files with one number, date and total of two sellers that call
    themselves alike and state one GLN; they are similar, too.
    """

    name: str
    folder: Path
    documents: tuple[tuple[str, ...], ...]
    similar: tuple[tuple[str, ...], ...]
    two_sellers: tuple[str, ...]
    credit_notes: tuple[str, ...]

    @property
    def invoices(self) -> tuple[str, ...]:
        """Stems of all invoices, in the order of their documents."""
        return tuple(stem for stems in self.documents for stem in stems)

    def match(self, stem: str, others: Iterable[str]) -> str | None:
        """Match that is known of a file and the best of others."""
        words = (("exact", self.documents), ("similar", (*self.similar, self.two_sellers)))
        for word, groups in words:
            if any(stem in stems and not set(stems).isdisjoint(others) for stems in groups):
                return word
        return None

    def data(self, stem: str) -> bytes:
        """Bytes of a file."""
        return (self.folder / f"{stem}.xml").read_bytes()


OWN: Final = Collection(
    name="own",
    folder=TOP / "tests" / "samples",
    documents=(
        ("invoice-ubl", "invoice-cii"),
        ("invoice-changed-total",),
        ("invoice-other-seller",),
        ("invoice-shared-gln-dk-cii", "invoice-shared-gln-dk-ubl"),
        ("invoice-shared-gln-nl-cii", "invoice-shared-gln-nl-ubl"),
        ("invoice-plain-id-march",),
        ("invoice-plain-id-may",),
    ),
    similar=(
        ("invoice-ubl", "invoice-cii", "invoice-changed-total"),
        ("invoice-plain-id-march", "invoice-plain-id-may"),
    ),
    two_sellers=(
        "invoice-shared-gln-dk-cii",
        "invoice-shared-gln-dk-ubl",
        "invoice-shared-gln-nl-cii",
        "invoice-shared-gln-nl-ubl",
    ),
    credit_notes=("credit-note-cii", "credit-note-ubl"),
)
EN_16931: Final = Collection(
    name="en-16931",
    folder=TOP.parent / "shared" / "data" / "einvoices",
    documents=(
        ("CII_example1", "guide-example1", "ubl-tc434-example1"),
        ("guide-example3",),
        ("ubl-tc434-example3",),
        ("CII_example4", "ubl-tc434-example4"),
        ("CII_example5", "ubl-tc434-example5"),
        ("CII_example7",),
        ("ubl-tc434-example7",),
    ),
    similar=(
        ("guide-example3", "ubl-tc434-example3"),
        ("CII_example7", "ubl-tc434-example7"),
    ),
    two_sellers=("CII_example4", "ubl-tc434-example4", "CII_example5", "ubl-tc434-example5"),
    credit_notes=("ubl-tc434-creditnote1",),
)
COLLECTIONS: Final = (OWN, *(each for each in (EN_16931,) if each.folder.is_dir()))
"""All that are here."""
