"""Mutants of who may do what: membership, governance, an organisation's own affairs."""

from __future__ import annotations

from typing import Final

from tests.mutants.gateway_table import GATEWAY
from tests.mutants.mutant import Mutant

ACCOUNTS: Final = ("tests/unit/ledger/test_ledger_accounts.py",)
SPARE: Final = ("tests/unit/ledger/test_ledger_membership_spare.py",)
GOVERNED: Final = ("tests/unit/ledger/test_ledger_governance.py",)
_ROWS: Final = (
    (
        "names-by-the-interpreter",
        "a legal name is judged by the Unicode tables of the interpreter",
        "is_legal_name",
        "return all(map(is_seen, text))",
        "return text.isprintable()",
        ("tests/unit/codec/test_codec_legal_name.py",),
    ),
    (
        "prose-in-state",
        "the words of a refusal come into the state",
        "reason_of",
        "return refusal.code, tuple(sorted(refusal.facts.items()))",
        "return refusal.code, tuple(sorted({**refusal.facts, 'hint': refusal.hint}.items()))",
        ("tests/unit/ledger/test_ledger_typed_facts.py",),
    ),
    (
        "no-executes",
        "a vote against executes what has a majority by now",
        "vote",
        "    if message.yes:\n",
        "    if True:\n",
        GOVERNED,
    ),
    (
        "proposals-without-end",
        "an organisation has as many proposals open as it likes",
        "enter",
        "if len(left) >= most:",
        "if False:",
        GOVERNED,
    ),
    (
        "open-for-ever",
        "a proposal on an idle chain never ends",
        "GovernanceProposal.is_expired",
        "return height > self.expires or time_ms > self.expires_ms",
        "return height > self.expires",
        GOVERNED,
    ),
    (
        "addresses-of-others",
        "anybody says where a member's node is dialled",
        "set_address",
        "    require_own_or_quorum(context, member.org)\n",
        "",
        ("tests/unit/ledger/test_ledger_membership_changes.py",),
    ),
    (
        "thawed-by-its-own",
        "an organisation lifts what the quorum froze",
        "unfreeze",
        "    if record[1] is None:\n",
        "    if False:\n",
        ACCOUNTS,
    ),
    (
        "freeze-of-the-voter",
        "who voted for a freeze of the quorum may lift it",
        "freeze",
        "maker = None if has_quorum(context) else message.org",
        "maker = message.org",
        ACCOUNTS,
    ),
    (
        "organisation-not-frozen",
        "accounts of a frozen organisation sign",
        "is_frozen",
        "keys = (frozen_key(org, account), frozen_key(org, None))",
        "keys = (frozen_key(org, account),)",
        ACCOUNTS,
    ),
    (
        "unproven-key",
        "the key of another comes onto the ledger",
        "require_held",
        "        view.setting.verifier.possession(statement, Signature(signature))\n",
        "        pass\n",
        ACCOUNTS,
    ),
    (
        "name-serves-twice",
        "who comes later inherits by name what another held",
        "require_fresh",
        "    if record is not None:\n        raise",
        "    if record is not None and record[0] is not None:\n        raise",
        ACCOUNTS,
    ),
    (
        "one-admin-is-all",
        "one key does what an organisation asks several admins for",
        "decides_for_itself",
        "return own_admins_signing(context, org) >= own_needed(context, org)",
        "return own_admins_signing(context, org) >= 1",
        ACCOUNTS,
    ),
    (
        "too-few-admins-left",
        "an organisation removes admins that it needs",
        "require_admins_left",
        "    if left < needed:\n",
        "    if left < 1:\n",
        ACCOUNTS,
    ),
    (
        "confirmed-by-a-rival",
        "who claims a number itself confirms it for another",
        "_confirming",
        "if context.get(_claim_key(message.identifier, account.org)) is None:",
        "if True:",
        ACCOUNTS,
    ),
    (
        "confirmed-twice",
        "a number is confirmed for two organisations",
        "confirm_identifier",
        "    if held is not None:\n",
        "    if False:\n",
        ACCOUNTS,
    ),
    (
        "last-spare-goes",
        "the last failure that a chain bears is taken away unsaid",
        "require_spare",
        "if left.after < 1 and not no_spare:",
        "if False:",
        SPARE,
    ),
    (
        "dead-one-counts",
        "a validator that is down counts as spare",
        "spare",
        "for member in validators.members if member.public_key not in failing]",
        "for member in validators.members]",
        SPARE,
    ),
)

_OF_RULES: Final = tuple(
    Mutant(name=name, fault=fault, function=function, old=old, new=new, catchers=catchers)
    for name, fault, function, old, new, catchers in _ROWS
)
RIGHTS: Final = (*_OF_RULES, *GATEWAY)
