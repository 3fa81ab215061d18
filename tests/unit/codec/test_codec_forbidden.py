"""What the protocol does not know is refused under one code wherever it stands.

In no field of no structure is a map, a float, undefined or another simple value anything else than
``CODEC_FORBIDDEN``, and no refusal names a class of this implementation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
from cbor2 import CBORSimpleValue, dumps, loads, undefined

from p2pchain.codec.fields import kind_of
from p2pchain.model.errors import Invalid
from tests.unit.codec.test_codec_vectors import BYTES, DECODERS

FORBIDDEN: Final = {
    "map": {"a": 1},
    "float": 1.5,
    "undefined": undefined,
    "simple value": CBORSimpleValue(99),
}
KNOWN: Final = {"integer", "bytes", "text", "boolean", "null", "array"}
PLACES_MAX: Final = 400
"""Places of one structure that are tried; the largest has more, all alike."""


def bent(item: Any, other: Any) -> Iterator[Any]:
    """The item with ``other`` in the place of each of its parts, itself included, one at a time."""
    yield other
    if isinstance(item, list):
        for index, part in enumerate(item):
            for changed in bent(part, other):
                yield [*item[:index], changed, *item[index + 1 :]]


@pytest.mark.parametrize("name", BYTES)
def test_it_is_forbidden_wherever_it_stands(name: str) -> None:
    item, decode = loads(BYTES[name]), DECODERS[name]
    for what, other in FORBIDDEN.items():
        for _, changed in zip(range(PLACES_MAX), bent(item, other), strict=False):
            with pytest.raises(Invalid) as caught:
                decode(dumps(changed))
            assert caught.value.code == "CODEC_FORBIDDEN", (what, caught.value)
            assert caught.value.facts["what"] == what


def test_every_kind_has_a_word_of_the_protocol() -> None:
    """Also where the decoder of another release makes something else of it."""
    for item in (1, b"", "", True, None, (), *FORBIDDEN.values(), object(), {1}, []):
        assert kind_of(item) in KNOWN | set(FORBIDDEN)
