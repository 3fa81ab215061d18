"""Mutants of the registry's claims, of the financiers' key, of contests, and of who asks."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

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
        "blockers",
        "        and are_exact(declarations, registration_of(view, other, org))\n",
        "",
        NAMES,
    ),
    (
        "claim-by-id-alone",
        "a claim is found under the id of its document alone",
        "_keys",
        "(sha256(digest + declaration.content) for digest in declaration.strong)\n",
        "(())\n",
        NAMES,
    ),
    (
        "told-apart-by-nothing",
        "two companies of one VAT group are one seller",
        "is_exact",
        "not {*one.strong}.isdisjoint(other.strong) and not _are_told_apart(one, other)",
        "not {*one.strong}.isdisjoint(other.strong)",
        NAMES,
    ),
    (
        "names-shed",
        "a claimant declares its document anew without the names under which it was found",
        "register",
        "    if claimant(context, message.document) == org:\n        declarations",
        "    if False:\n        declarations",
        NAMES,
    ),
    (
        "hidden-is-nothing",
        "what found no place in the list of a name counts for nothing",
        "overlap",
        "        hidden = hidden or named.hidden > 0\n",
        "",
        (LEDGER_TESTS + "registry_queries.py",),
    ),
    (
        "claims-without-end",
        "one financier may fill the list of claims",
        "_enter",
        "    if own >= CLAIMS_OF_ONE or len(claims) >= CLAIMS_MAX:",
        "    if len(claims) >= CLAIMS_MAX:",
        NAMES,
    ),
    (
        "any-key",
        "a document is named under a key that is not the financiers'",
        "require_live",
        "        if known[0] != declaration.key_id:\n",
        "        if False:\n",
        KEY,
    ),
    (
        "closed-too-early",
        "a key is closed though financed documents are known under it alone",
        "close_key",
        "    if documents and not message.leave:\n",
        "    if False:\n",
        KEY,
    ),
    (
        "crumb",
        "a share of 10^-18 blocks an invoice",
        "require_share",
        "    if share < min(share_min, remaining_share):\n",
        "    if False:\n",
        CONTEST,
    ),
    (
        "never-lapses",
        "a claim stands though nothing was disclosed in time",
        "is_lapsed",
        "    return disclosure_of(view, document, org) is None\n",
        "    return False\n",
        CONTEST,
    ),
    (
        "lapses-though-disclosed",
        "a claim lapses though the invoice was disclosed",
        "is_lapsed",
        "    return disclosure_of(view, document, org) is None\n",
        "    return True\n",
        CONTEST,
    ),
    (
        "struck-and-back",
        "whoever's claim was struck claims the invoice anew",
        "require_not_struck",
        "        if view.get(_struck_key(key, org)) is not None:\n",
        "        if False:\n",
        CONTEST,
    ),
    (
        "judged-blindly",
        "an auditor judges what it cannot read",
        "judged",
        "    if org not in judges_of(context, root, contested.claimant) or org == contested.contester:\n",
        "    if False:\n",
        CONTEST,
    ),
    (
        "own-judge",
        "a claimant that is an auditor discloses to itself alone, and nobody can decide",
        "judges_of",
        " for reader in readers if reader != claimant)",
        " for reader in readers)",
        CONTEST,
    ),
    (
        "doubts-without-end",
        "one financier makes all others disclose every invoice",
        "contest",
        "    if open_contests(context, org) >= CONTESTS_OPEN_MAX:\n",
        "    if False:\n",
        CONTEST,
    ),
    (
        "undecided-for-ever",
        "a claim stands for ever once all who could judge it have left",
        "contest",
        "(known.upheld or not undecidable)",
        "(known.upheld or True)",
        CONTEST,
    ),
    (
        "money-without-documents",
        "a receivable is financed without its invoice, and without a word",
        "documented",
        "        if not word.no_document:\n",
        "        if False:\n",
        DOCUMENTS,
    ),
    (
        "document-unread",
        "whoever gives money has not registered the invoice",
        "documented",
        "    if not is_registered(context, document, taker):\n",
        "    if False:\n",
        DOCUMENTS,
    ),
    (
        "asked-in-anybodys-name",
        "a question is answered in the name of an account that did not sign it",
        "Questions.asker",
        "    self._verifier.question(signed)\n",
        "",
        QUESTIONS,
    ),
    (
        "asked-again",
        "a question that was overheard is answered again",
        "Questions.asker",
        "    if name in self._asked:\n",
        "    if False:\n",
        QUESTIONS,
    ),
)
CLAIMING: Final = tuple(
    Mutant(name=name, fault=fault, function=function, old=old, new=new, catchers=catchers)
    for name, fault, function, old, new, catchers in _ROWS
)
