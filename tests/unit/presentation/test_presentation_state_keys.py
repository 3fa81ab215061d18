"""Keys of the state as people write them: every kind of record there and back."""

from __future__ import annotations

import pytest

from p2pchain.business.software import MODULES
from p2pchain.presentation.directory import Directory
from p2pchain.presentation.state_keys import key_text, keys_meant
from tests.unit.replica.replica_world import CLIENT, Chain, a_genesis, a_transaction

DIRECTORY = Directory(MODULES)


def test_every_key_of_a_chain_can_be_typed() -> None:
    """What a key is shown as is among what it may mean, the likeliest first where a declaration fits."""
    chain = Chain(a_genesis())
    chain.commit(chain.make(transactions=[a_transaction()]))
    keys = [key for key, _ in chain.ledger.walk(b"")]
    assert len(keys) > 30
    for key in keys:
        text = key_text(DIRECTORY, key)
        assert text.isprintable()
        if DIRECTORY.record(key) is not None:
            assert key in keys_meant(DIRECTORY, text), text


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("membership/organisation/bank-a", b"membership/organisation/bank-a"),
        (f"membership/account/{CLIENT.public_key.hex()}", b"membership/account/" + CLIENT.public_key),
        ("system/parameters", b"system/parameters"),
        ("nobody/knows", b"nobody/knows"),
        ("membership/account/zz", b"membership/account/zz"),
    ],
)
def test_what_a_text_means(text: str, first: bytes) -> None:
    assert keys_meant(DIRECTORY, text)[0] == first


def test_a_key_that_is_no_text_is_shown_in_hexadecimal() -> None:
    assert key_text(DIRECTORY, b"\xff\x00") == "ff00"
    assert key_text(DIRECTORY, b"a\x1b[31m") == b"a\x1b[31m".hex()
