"""Names of invoices: what is one document, what is similar, and what nobody takes for one."""

from __future__ import annotations

import dataclasses

import pytest

from p2pchain.documents.names import (
    EXACT,
    NAMES_MAX,
    SCHEME_TAG_BYTES,
    SIMILAR,
    DocumentNames,
    InvoiceName,
    match_of,
    scheme_tag,
)
from p2pchain.model.errors import Refused

KEY = bytes(range(32))


def named(*names: str, content: str = "c", corrects: tuple[str, ...] = ()) -> DocumentNames:
    """An invoice whose names are written ``scheme:identity``, with ``!`` for strong and ``/`` for apart."""
    made = []
    for name in names:
        bare = name.rstrip("!/")
        marks = name[len(bare) :]
        made.append(
            InvoiceName(
                scheme=bare.split(":")[0], strong="!" in marks, apart="/" in marks, digest=digest(bare)
            )
        )
    return DocumentNames(
        names=tuple(made),
        content=digest(content),
        corrects=tuple(digest(name) for name in corrects),
    )


def digest(text: str) -> bytes:
    """32 bytes that stand for a text."""
    return text.encode().ljust(32, b"\0")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (named("vat:1!/"), named("vat:1!/", "name:a"), EXACT),
        (named("vat:1!/"), named("vat:1!/", content="d"), SIMILAR),
        (named("vat:1!/"), named("vat:2!/"), None),
        (named("vat:1!/", "reg:1/"), named("vat:1!/", "reg:2/"), SIMILAR),
        (named("vat:1!/", "reg:1/"), named("vat:1!/", "gln:2!/"), EXACT),
        (named("vat:1!/", "vat:2!/"), named("vat:2!/", "vat:3!/"), EXACT),
        (named("vat:1!/", "name:a"), named("vat:1!/", "name:b"), EXACT),
        (named("vat:1!/", "name:a"), named("vat:2!/", "name:a"), SIMILAR),
        (named("vat:1!/", "name:a"), named("vat:1", "name:a"), SIMILAR),
        (named("name:a"), named("name:a"), EXACT),
        (named("name:a"), named("name:a", content="d"), SIMILAR),
        (named("vat:1!/"), named("vat:9!/", corrects=("vat:1",)), SIMILAR),
        (named("vat:9!/", corrects=("vat:1",)), named("vat:1!/"), SIMILAR),
    ],
)
def test_match_of(one: DocumentNames, other: DocumentNames, expected: str | None) -> None:
    assert match_of(one, other) == expected
    assert match_of(other, one) == expected


def test_the_id_does_not_depend_on_weak_names_beside_a_strong_one() -> None:
    one = named("vat:1!/", "reg:1/", "name:a")
    assert one.document == named("reg:1/", "vat:1!/", "name:b").document
    assert one.document != named("vat:1!/", "reg:2/", "name:a").document
    assert one.document != dataclasses.replace(one, content=digest("d")).document
    assert named("name:a").document != named("name:b").document


def test_scheme_tags_are_keyed() -> None:
    assert len(scheme_tag(KEY, "vat")) == SCHEME_TAG_BYTES
    assert scheme_tag(KEY, "vat") != scheme_tag(KEY, "reg")
    assert scheme_tag(KEY, "vat") != scheme_tag(bytes(32), "vat")
    with pytest.raises(Refused) as caught:
        scheme_tag(bytes(31), "vat")
    assert caught.value.code == "DOC_KEY_TOO_SHORT"
    assert NAMES_MAX == 16
