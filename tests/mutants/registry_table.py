"""Mutants of the registry's claims, of the financiers' key, of contests, and of who asks."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

REGISTRY: Final = "p2pchain.ledger.modules.registry."
LEDGER_TESTS: Final = "tests/unit/ledger/test_ledger_"
NAMES: Final = (LEDGER_TESTS + "registry_names.py",)
CONTEST: Final = (LEDGER_TESTS + "registry_contest.py",)
KEY: Final = (LEDGER_TESTS + "registry_key.py",)
DOCUMENTS: Final = (LEDGER_TESTS + "receivable_documents.py",)
QUESTIONS: Final = ("tests/integration/test_control_questions.py",)
_ROWS: Final = (
    (
        "claim-on-a-sister",
        "a claim keeps everybody from an invoice of another company of the VAT group",
        REGISTRY + "claims",
        "        and are_exact(declarations, registration_of(view, other, org))\n",
        "",
        NAMES,
    ),
    (
        "claim-by-id-alone",
        "a claim is found under the id of its document alone",
        REGISTRY + "claims",
        "(sha256(digest + declaration.content) for digest in declaration.strong)\n",
        "(())\n",
        NAMES,
    ),
    (
        "told-apart-by-nothing",
        "two companies of one VAT group are one seller",
        REGISTRY + "declaration",
        "    return not any(_is_told_apart(one, other, tag)",
        "    return True or any(_is_told_apart(one, other, tag)",
        NAMES,
    ),
    (
        "names-shed",
        "a claimant declares its document anew without the names under which it was found",
        REGISTRY + "rules",
        "    if claimant(context, message.document) == org:\n        declarations",
        "    if False:\n        declarations",
        NAMES,
    ),
    (
        "hidden-is-nothing",
        "what found no place in the list of a name counts for nothing",
        REGISTRY + "name_index",
        "        hidden = hidden or named.hidden > 0\n",
        "",
        (LEDGER_TESTS + "registry_queries.py",),
    ),
    (
        "claims-without-end",
        "one financier may fill the list of claims",
        REGISTRY + "claims",
        "    if own >= CLAIMS_OF_ONE or len(claims) >= CLAIMS_MAX:",
        "    if len(claims) >= CLAIMS_MAX:",
        NAMES,
    ),
    (
        "any-key",
        "a document is named under a key that is not the financiers'",
        REGISTRY + "financiers_key",
        "        if known[0] != declaration.key_id:\n",
        "        if False:\n",
        KEY,
    ),
    (
        "closed-too-early",
        "a key is closed though financed documents are known under it alone",
        REGISTRY + "financiers_key",
        "    if documents and not message.leave:\n",
        "    if False:\n",
        KEY,
    ),
    (
        "crumb",
        "a share of 10^-18 blocks an invoice",
        REGISTRY + "rules",
        "    if share < min(share_min, remaining_share):\n",
        "    if False:\n",
        CONTEST,
    ),
    (
        "never-lapses",
        "a claim stands though nothing was disclosed in time",
        REGISTRY + "contest_record",
        "    return disclosure_of(view, document, org) is None\n",
        "    return False\n",
        CONTEST,
    ),
    (
        "lapses-though-disclosed",
        "a claim lapses though the invoice was disclosed",
        REGISTRY + "contest_record",
        "    return disclosure_of(view, document, org) is None\n",
        "    return True\n",
        CONTEST,
    ),
    (
        "struck-and-back",
        "whoever's claim was struck claims the invoice anew",
        REGISTRY + "claims",
        "        if view.get(_struck_key(key, org)) is not None:\n",
        "        if False:\n",
        CONTEST,
    ),
    (
        "judged-blindly",
        "an auditor judges what it cannot read",
        REGISTRY + "contest",
        "    if org not in readers or org in (contested.claimant, contested.contester):\n",
        "    if False:\n",
        CONTEST,
    ),
    (
        "money-without-documents",
        "a receivable is financed without its invoice, and without a word",
        "p2pchain.ledger.modules.receivable.documenting",
        "        if not word.no_document:\n",
        "        if False:\n",
        DOCUMENTS,
    ),
    (
        "document-unread",
        "whoever gives money has not registered the invoice",
        "p2pchain.ledger.modules.receivable.documenting",
        "    if not is_registered(context, document, taker):\n",
        "    if False:\n",
        DOCUMENTS,
    ),
    (
        "asked-in-anybodys-name",
        "a question is answered in the name of an account that did not sign it",
        "p2pchain.node.questions",
        "        self._verifier.question(signed)\n",
        "",
        QUESTIONS,
    ),
    (
        "asked-again",
        "a question that was overheard is answered again",
        "p2pchain.node.questions",
        "        if name in self._asked:\n",
        "        if False:\n",
        QUESTIONS,
    ),
)
CLAIMING: Final = tuple(
    Mutant(name=name, fault=fault, module=module, old=old, new=new, catchers=catchers)
    for name, fault, module, old, new, catchers in _ROWS
)
