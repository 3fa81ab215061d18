"""Mutants of the business rules, of who may do what, and of what is proven or kept secret."""

from __future__ import annotations

from typing import Final

from tests.mutants.joining_table import JOINING
from tests.mutants.mutant import Mutant

RECEIVABLES: Final = (
    "tests/unit/ledger/test_ledger_receivable.py",
    "tests/unit/ledger/test_ledger_receivable_conflicts.py",
    "tests/properties/test_receivable_machine.py",
)
MODULES: Final = "p2pchain.ledger.modules."
_ROWS: Final = (
    (
        "encumbered-twice",
        "what one deal has financed another may finance",
        MODULES + "encumbrance",
        "if held is not None and held[:2] != (module, basis):",
        "if False:",
        RECEIVABLES,
    ),
    (
        "registry-apart",
        "the registry does not look at the index of encumbrances",
        MODULES + "registry.rules",
        "    if is_encumbered_elsewhere(context, document.exact):\n",
        "    if False:\n",
        RECEIVABLES,
    ),
    (
        "parts-of-any-sum",
        "parts of a split may make up another amount",
        MODULES + "receivable.moving",
        "if sum(message.amounts) != item.amount_minor or len(message.amounts) < 2:",
        "if len(message.amounts) < 2:",
        RECEIVABLES,
    ),
    (
        "parent-not-spent",
        "a receivable that was split is still there",
        MODULES + "receivable.moving",
        '    store(context, item, replace(item, state=SPLIT), "split", org, parts)',
        "    pass",
        RECEIVABLES,
    ),
    (
        "moved-while-pledged",
        "what is pledged changes hands",
        MODULES + "receivable.parties",
        "    require_unpledged(item)\n    require_not_overdue(view, item)\n",
        "    require_not_overdue(view, item)\n",
        RECEIVABLES,
    ),
    (
        "pledgee-attests",
        "who has it as security attests the payment that it confirms",
        MODULES + "receivable.settling",
        "account.org not in (item.holder, item.pledgee)",
        "account.org != item.holder",
        RECEIVABLES,
    ),
    (
        "pays-itself",
        "who has it as security confirms what it pays in recourse itself",
        MODULES + "receivable.records",
        "if self.pledgee is None or self.pledgee == self.payer:",
        "if self.pledgee is None:",
        RECEIVABLES,
    ),
    (
        "liable-to-itself",
        "who holds again what it endorsed is asked first",
        MODULES + "receivable.records",
        "if liable and org != self.holder:",
        "if liable:",
        RECEIVABLES,
    ),
    (
        "late-offer-taken",
        "what was offered is taken after the due day",
        MODULES + "receivable.moving",
        "    require_state(item, ACCEPTED)\n    require_not_overdue(context, item)\n    store(",
        "    require_state(item, ACCEPTED)\n    store(",
        RECEIVABLES,
    ),
    (
        "offset-of-long-ago",
        "what a holder said of an offset counts whatever happened since",
        MODULES + "receivable.settling",
        "return said == (mate, one.events, other.events)",
        "return said is not None and said[0] == mate",
        RECEIVABLES,
    ),
    (
        "offset-without-policy",
        "an offset passes by the policy of one receivable",
        MODULES + "receivable.settling",
        '            require_party(context, item, item.holder, "holder")\n    one, other',
        "            pass\n    one, other",
        RECEIVABLES,
    ),
    (
        "any-controller",
        "anybody acts for the holder",
        MODULES + "receivable.parties",
        "        if account.org == org:\n            if part == HOLDING",
        "        if True:\n            if part == HOLDING",
        RECEIVABLES,
    ),
    (
        "reference-used-again",
        "a payment reference may be used twice",
        MODULES + "receivable.settling",
        "    if context.get(key) is not None:\n",
        "    if False:\n",
        RECEIVABLES,
    ),
    (
        "policy-not-asked",
        "an action's policy is not asked",
        "p2pchain.ledger.operating",
        "    if policy is not None:\n",
        "    if False:\n",
        ("tests/unit/ledger/test_ledger_policy.py",),
    ),
    (
        "decided-by-half",
        "half of the power executes a proposal",
        MODULES + "governance.rules",
        "if not context.setting.validators.is_quorum(power):",
        "if 2 * power < context.setting.validators.total_power:",
        ("tests/unit/ledger/test_ledger_governance.py",),
    ),
    (
        "vote-of-a-lost-key",
        "a vote counts though its key is frozen",
        MODULES + "governance.proposal",
        "case (str(name), str(own), tuple(roles), False) if",
        "case (str(name), str(own), tuple(roles), bool()) if",
        ("tests/unit/ledger/test_ledger_governance.py",),
    ),
    (
        "frozen-signs",
        "a frozen account signs",
        "p2pchain.ledger.execution",
        "        if account.frozen:\n",
        "        if False:\n",
        ("tests/unit/ledger/test_ledger_accounts.py",),
    ),
    (
        "stranger-signs",
        "a key that the transaction brings along signs alone",
        "p2pchain.ledger.execution",
        "        and operation.args[0] in own\n",
        "",
        ("tests/unit/ledger/test_ledger_accounts.py",),
    ),
    (
        "proof-without-lineage",
        "a proof file needs no certificate",
        "p2pchain.proofs.proof_file",
        "    prove_final(proof.final, proof.links, first, verifier)\n",
        "",
        ("tests/unit/proofs/test_proof_file.py",),
    ),
    (
        "proof-of-any-value",
        "a proof file's values need no way to the root",
        "p2pchain.proofs.proof_file",
        "        verify_state_proof(header.state_root, entry.key, entry.value, entry.proof)\n",
        "",
        ("tests/unit/proofs/test_proof_file.py",),
    ),
    (
        "payload-for-anybody",
        "a node gives a sealed payload to whoever asks",
        "p2pchain.node.payloads",
        "        if self._may_have(event.peer, request.root):\n",
        "        if True:\n",
        ("tests/unit/node/test_node_payloads.py",),
    ),
    (
        "payload-not-compared",
        "a fetched payload need not be the one that the chain names",
        "p2pchain.node.payloads",
        "if envelope is not None and sha256(envelope) == digest and _is_envelope(envelope):",
        "if envelope is not None:",
        ("tests/unit/node/test_node_payloads.py",),
    ),
    (
        "auditor-left-out",
        "a payload need not be sealed for the auditors that the members agreed on",
        MODULES + "private",
        "    for org in auditors(context):",
        "    for org in ():",
        ("tests/unit/ledger/test_ledger_private.py",),
    ),
    (
        "sealed-for-who-left",
        "a payload is put for an organisation that has left",
        MODULES + "private",
        ' or not view.call("membership", "is_member", org):',
        ":",
        ("tests/unit/ledger/test_ledger_private.py",),
    ),
    (
        "sealed-to-any-chain",
        "a sealed key opens on another chain",
        "p2pchain.client.private_terms",
        "    return encode((_DOMAIN, 1, chain_id, root, org))",
        "    return encode((_DOMAIN, 1, root, org))",
        ("tests/unit/client/test_client_private_terms.py",),
    ),
)
BUSINESS: Final = tuple(
    Mutant(name=name, fault=fault, module=module, old=old, new=new, catchers=catchers)
    for name, fault, module, old, new, catchers in _ROWS
)
BUSINESS_AND_JOINING: Final = (*JOINING, *BUSINESS)
