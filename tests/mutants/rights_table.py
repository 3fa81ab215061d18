"""Mutants of who may do what: membership, governance, an organisation's own affairs."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

MEMBERSHIP: Final = "p2pchain.ledger.modules.membership."
GOVERNANCE: Final = "p2pchain.ledger.modules.governance."
ACCOUNTS: Final = ("tests/unit/ledger/test_ledger_accounts.py",)
SPARE: Final = ("tests/unit/ledger/test_ledger_membership_spare.py",)
GOVERNED: Final = ("tests/unit/ledger/test_ledger_governance.py",)
_ROWS: Final = (
    (
        "names-by-the-interpreter",
        "a legal name is judged by the Unicode tables of the interpreter",
        "p2pchain.codec.legal_name",
        "return all(map(is_seen, text))",
        "return text.isprintable()",
        ("tests/unit/codec/test_codec_legal_name.py",),
    ),
    (
        "prose-in-state",
        "the words of a refusal come into the state",
        GOVERNANCE + "proposal",
        "return refusal.code, tuple(sorted(refusal.facts.items()))",
        "return refusal.code, tuple(sorted({**refusal.facts, 'hint': refusal.hint}.items()))",
        ("tests/unit/ledger/test_ledger_typed_facts.py",),
    ),
    (
        "no-executes",
        "a vote against executes what has a majority by now",
        GOVERNANCE + "rules",
        "    if message.yes:\n",
        "    if True:\n",
        GOVERNED,
    ),
    (
        "proposals-without-end",
        "an organisation has as many proposals open as it likes",
        GOVERNANCE + "proposal",
        "if len(left) >= most:",
        "if False:",
        GOVERNED,
    ),
    (
        "open-for-ever",
        "a proposal on an idle chain never ends",
        GOVERNANCE + "proposal",
        "return height > self.expires or time_ms > self.expires_ms",
        "return height > self.expires",
        GOVERNED,
    ),
    (
        "thawed-by-its-own",
        "an organisation lifts what the quorum froze",
        MEMBERSHIP + "freezing",
        "    if record[1] is None:\n",
        "    if False:\n",
        ACCOUNTS,
    ),
    (
        "freeze-of-the-voter",
        "who voted for a freeze of the quorum may lift it",
        MEMBERSHIP + "freezing",
        "maker = None if has_quorum(context) else message.org",
        "maker = message.org",
        ACCOUNTS,
    ),
    (
        "organisation-not-frozen",
        "accounts of a frozen organisation sign",
        MEMBERSHIP + "names",
        "keys = (frozen_key(org, account), frozen_key(org, None))",
        "keys = (frozen_key(org, account),)",
        ACCOUNTS,
    ),
    (
        "unproven-key",
        "the key of another comes onto the ledger",
        MEMBERSHIP + "lookup",
        "        context.setting.verifier.possession(statement, Signature(signature))\n",
        "        pass\n",
        ACCOUNTS,
    ),
    (
        "name-serves-twice",
        "who comes later inherits by name what another held",
        MEMBERSHIP + "lookup",
        "    if record is not None:\n        code =",
        "    if record is not None and record[0] is not None:\n        code =",
        ACCOUNTS,
    ),
    (
        "one-admin-is-all",
        "one key does what an organisation asks several admins for",
        MEMBERSHIP + "authority",
        "return own_admins_signing(context, org) >= own_needed(context, org)",
        "return own_admins_signing(context, org) >= 1",
        ACCOUNTS,
    ),
    (
        "too-few-admins-left",
        "an organisation removes admins that it needs",
        MEMBERSHIP + "authority",
        "    if left < needed:\n",
        "    if left < 1:\n",
        ACCOUNTS,
    ),
    (
        "confirmed-by-a-rival",
        "who claims a number itself confirms it for another",
        MEMBERSHIP + "claims",
        "if context.get(_claim_key(message.identifier, account.org)) is None:",
        "if True:",
        ACCOUNTS,
    ),
    (
        "confirmed-twice",
        "a number is confirmed for two organisations",
        MEMBERSHIP + "claims",
        "    if held is not None:\n",
        "    if False:\n",
        ACCOUNTS,
    ),
    (
        "last-spare-goes",
        "the last failure that a chain bears is taken away unsaid",
        MEMBERSHIP + "validators",
        "if left.after < 1 and not no_spare:",
        "if False:",
        SPARE,
    ),
    (
        "dead-one-counts",
        "a validator that is down counts as spare",
        MEMBERSHIP + "validators",
        "for member in validators.members if member.public_key not in failing]",
        "for member in validators.members]",
        SPARE,
    ),
)

RIGHTS: Final = tuple(
    Mutant(name=name, fault=fault, module=module, old=old, new=new, catchers=catchers)
    for name, fault, module, old, new, catchers in _ROWS
)
