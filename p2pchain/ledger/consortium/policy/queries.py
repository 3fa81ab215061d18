"""Questions to the policies."""

from __future__ import annotations

from collections.abc import Mapping

from p2pchain.ledger.consortium.policy.rules import OWN, RULE
from p2pchain.ledger.consortium.policy.signers import in_words
from p2pchain.ledger.context import View
from p2pchain.ledger.module import Json
from p2pchain.model.transaction import Value


def answer_list(view: View, _args: Mapping[str, Value]) -> Json:
    """``{"policies": [{"module", "action", "policy"}, ...], "own": [{"org", "needed"}, ...]}``, policies in
    words.
    """
    policies: list[Json] = []
    for key, policy in view.walk(RULE):
        module, _, action = key[len(RULE) :].decode().partition("/")
        policies.append({"module": module, "action": action, "policy": in_words(policy)})
    own = [{"org": key[len(OWN) :].decode(), "needed": needed} for key, (needed,) in view.walk(OWN)]
    return {"policies": policies, "own": own}
