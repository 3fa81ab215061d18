"""Where a proof shall begin, as a request says it."""

from __future__ import annotations

import pytest

from p2pchain.codec.header import encode_header, header_id
from p2pchain.control.arguments import beginning_of
from p2pchain.control.http import Level, Request
from p2pchain.model.errors import Fault
from p2pchain.proofs.trust import TrustedBlock, block_named
from tests.unit.codec.codec_vectors import HEADER

HEADER_HEX = encode_header(HEADER).hex()
NAME = TrustedBlock(height=HEADER.height, block_id=header_id(HEADER))


def asked(**query: str) -> Request:
    return Request(
        method="POST",
        path="/v1/proof",
        query=query,
        content_type="",
        body=b"",
        level=Level.VIEWER,
        captured={},
        host="n",
    )


def test_at_genesis_at_a_name_or_at_a_header() -> None:
    assert beginning_of(asked()) is None
    assert beginning_of(asked(trusted=str(NAME))) == NAME
    found = beginning_of(asked(header=HEADER_HEX))
    assert found == HEADER
    assert found is not None
    assert block_named(found) == NAME


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"trusted": "7"}, "TRUSTED_INVALID"),
        ({"header": "xyz"}, "HTTP_ARGUMENT"),
        ({"header": HEADER_HEX[:-2]}, "CODEC_MALFORMED"),
        ({"header": ""}, "CODEC_MALFORMED"),
        ({"header": HEADER_HEX, "trusted": str(NAME)}, "HTTP_ARGUMENT"),
    ],
)
def test_nowhere_else(query: dict[str, str], code: str) -> None:
    with pytest.raises(Fault) as caught:
        beginning_of(asked(**query))
    assert caught.value.code == code
