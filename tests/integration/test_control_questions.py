"""Questions in an account's name: the control socket answers to the account's signature, once, and to no
name.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import trio

from p2pchain.codec.query import question_sign_bytes
from p2pchain.control.server import ControlConfig, serve_control
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Refused
from p2pchain.model.ids import Height, Signature
from p2pchain.model.query import Question, SignedQuestion
from p2pchain.node.face.signed_queries import REMEMBERED_MAX, Questions
from tests.integration.ledger_node import LedgerNode
from tests.integration.small_consortium import account_key, genesis
from tests.integration.test_control_socket import Served


@pytest.fixture
async def served(nursery: trio.Nursery, tmp_path: Path) -> Served:
    """A ledger behind the real control server."""
    node = LedgerNode(genesis())
    path = tmp_path / "control.sock"
    config = ControlConfig(socket=path, group=None, http=None, refused=node.refused.append)
    await nursery.start(serve_control, node, config)
    return Served(node, path)


async def test_an_account_is_asked_for_by_its_signature(served: Served) -> None:
    """Anybody at the socket asked in anybody's name: ``account=`` was believed."""
    bank, other = account_key("bank-a"), account_key("bank-b")

    async def ask(**fields: object) -> tuple[int, Any]:
        return await served.ask("GET", f"/v1/query/membership/account?{urlencode(fields)}")

    def signed(
        key: SigningKey, *, until: int = 5, account: SigningKey = bank, **args: str
    ) -> dict[str, object]:
        nonce = os.urandom(8)
        question = Question(
            chain_id=served.node.chain_id,
            module="membership",
            query="account",
            fields=tuple(sorted(args.items())),
            account=account.public_key,
            until=Height(until),
            nonce=nonce,
        )
        signature = key.sign(question_sign_bytes(question))
        told = {"until": until, "nonce": nonce.hex(), "signature": signature.hex(), **args}
        return {"account": account.public_key.hex(), **told}

    asked = signed(bank)
    status, account = await ask(**asked)
    assert (status, account["org"]) == (200, "bank-a")
    for fields, code in (
        (asked, "QUERY_REPEATED"),
        (signed(other), "SIG_INVALID"),
        ({**signed(bank), "public_key": other.public_key.hex()}, "SIG_INVALID"),
        ({**signed(bank), "account": other.public_key.hex()}, "SIG_INVALID"),
        (signed(bank, until=121), "QUERY_EXPIRED"),
    ):
        status, told = await ask(**fields)
        assert (status >= 400, told["error"]["code"]) == (True, code)
    assert (await ask(**signed(bank, public_key=other.public_key.hex())))[1]["org"] == "bank-b"
    assert (await ask(account=bank.public_key.hex()))[0] == 400
    status, told = await served.ask("GET", f"/v1/query/registry/list?{urlencode(signed(bank))}")
    assert told["error"]["code"] == "SIG_INVALID", "signed for another query"


def test_so_many_questions_are_remembered() -> None:
    """Until they expire: a flood of them costs a bounded memory, and blocks make room."""
    bank, chain_id = account_key("bank-a"), genesis().chain_id

    def signed(number: int, until: int) -> SignedQuestion:
        question = Question(
            chain_id=chain_id,
            module="note",
            query="show",
            fields=(),
            account=bank.public_key,
            until=Height(until),
            nonce=number.to_bytes(8, "big"),
        )
        signature = Signature(bank.sign(question_sign_bytes(question)))
        return SignedQuestion(question=question, signature=signature)

    questions = Questions(chain_id)
    for number in range(REMEMBERED_MAX):
        questions.asker(signed(number, 1), Height(1))
    with pytest.raises(Refused, match="QUERY_TOO_MANY"):
        questions.asker(signed(REMEMBERED_MAX, 2), Height(1))
    assert questions.asker(signed(REMEMBERED_MAX, 2), Height(2)) == bank.public_key
