"""Mutants of the business rules, of who may do what, and of what is kept secret."""

from __future__ import annotations

from typing import Final

from tests.mutants.certificate_table import CERTIFYING
from tests.mutants.consent_table import CONSENTING
from tests.mutants.documents_table import NAMING
from tests.mutants.evidence_table import EVIDENCE
from tests.mutants.joining_table import JOINING
from tests.mutants.liveness_table import LIVENESS
from tests.mutants.memory_table import MEMORY
from tests.mutants.mutant import Mutant
from tests.mutants.package_table import PACKAGES
from tests.mutants.payment_table import PAYING
from tests.mutants.proof_table import PROVING
from tests.mutants.registry_table import CLAIMING
from tests.mutants.rights_table import RIGHTS
from tests.mutants.title_table import TITLE
from tests.mutants.trace_table import TRACING
from tests.mutants.work_table import WORK

RECEIVABLES: Final = (
    "tests/unit/ledger/test_ledger_receivable.py",
    "tests/unit/ledger/test_ledger_receivable_conflicts.py",
    "tests/unit/ledger/test_ledger_receivable_recourse.py",
    "tests/properties/test_receivable_machine.py",
)
VERSIONS: Final = ("tests/unit/ledger/test_ledger_versions.py",)
_ROWS: Final = (
    (
        "encumbered-twice",
        "what one deal has financed another may finance",
        "take",
        "if held is not None and held[:2] != (module, basis):",
        "if False:",
        RECEIVABLES,
    ),
    (
        "half-an-asset",
        "an asset of which one class is taken elsewhere is taken in the others",
        "take_all",
        "if record is not None and record[:2] != (module, basis):",
        "if False:",
        ("tests/unit/ledger/test_ledger_encumbrance.py",),
    ),
    *EVIDENCE,
    (
        "registry-apart",
        "the registry does not look at the index of encumbrances",
        "finance",
        "    if claim is not None and document.holder is None:\n",
        "    if False:\n",
        RECEIVABLES,
    ),
    (
        "parts-of-any-sum",
        "parts of a split may make up another amount",
        "split",
        "if sum(message.amounts) != item.amount_minor or len(message.amounts) < 2:",
        "if len(message.amounts) < 2:",
        RECEIVABLES,
    ),
    (
        "ids-of-anybody",
        "who sees a nonce in the pool takes the id that it makes",
        "issue",
        "issued_id(org, message.nonce)",
        'issued_id("", message.nonce)',
        (*RECEIVABLES, "tests/unit/ledger/test_ledger_receivable_ids.py"),
    ),
    (
        "part-over-receivable",
        "a part takes the place of a receivable of its id",
        "part",
        "if find(context, id_) is not None:",
        "if False:",
        (*RECEIVABLES, "tests/unit/ledger/test_ledger_receivable_ids.py"),
    ),
    (
        "parent-not-spent",
        "a receivable that was split is still there",
        "split",
        '    store(context, item, replace(item, state=SPLIT), "split", org, message.amounts)',
        "    pass",
        RECEIVABLES,
    ),
    (
        "moved-while-pledged",
        "what is pledged changes hands",
        "require_tradable",
        "    require_unpledged(item)\n    require_unpooled(view, item)\n",
        "    require_unpooled(view, item)\n",
        RECEIVABLES,
    ),
    (
        "pledgee-attests",
        "who has it as security attests the payment that it confirms",
        "payer_or_bank",
        "account.org not in (item.holder, item.pledgee)",
        "account.org != item.holder",
        RECEIVABLES,
    ),
    (
        "pays-itself",
        "who has it as security confirms what it pays in recourse itself",
        "Receivable.collector",
        "if self.pledgee is None or self.pledgee == self.payer:",
        "if self.pledgee is None:",
        RECEIVABLES,
    ),
    (
        "liable-to-itself",
        "who holds again what it endorsed is asked first",
        "Receivable.recourse_against",
        "if liable and org != self.holder:",
        "if liable:",
        RECEIVABLES,
    ),
    (
        "waived-but-liable",
        "who was let go of in recourse is asked again",
        "waive",
        "(item.claim_on, False), *item.endorsements[place + 1 :])",
        "(item.claim_on, True), *item.endorsements[place + 1 :])",
        RECEIVABLES,
    ),
    (
        "late-offer-taken",
        "what was offered is taken after the due day",
        "accept_transfer",
        "    require_state(item, ACCEPTED)\n    require_not_overdue(context, item)\n    store(",
        "    require_state(item, ACCEPTED)\n    store(",
        RECEIVABLES,
    ),
    (
        "offset-of-long-ago",
        "what a holder said of an offset counts whatever happened since",
        "_said_by_the_other",
        "return said == (mate, one.events, other.events)",
        "return said is not None and said[0] == mate",
        RECEIVABLES,
    ),
    (
        "offset-without-policy",
        "an offset passes by the policy of one receivable",
        "offset",
        '            require_party(context, item, item.holder, "holder")\n    one, other',
        "            pass\n    one, other",
        RECEIVABLES,
    ),
    (
        "any-controller",
        "anybody acts for the holder",
        "require_party",
        "        if account.org == org:\n            if part == HOLDING",
        "        if True:\n            if part == HOLDING",
        RECEIVABLES,
    ),
    (
        "reference-used-again",
        "a payment reference may be used twice",
        "require_unused",
        "    if context.get(key) is not None:\n",
        "    if False:\n",
        RECEIVABLES,
    ),
    (
        "policy-not-asked",
        "an action's policy is not asked",
        "operate",
        "    if raw is not None:\n",
        "    if False:\n",
        ("tests/unit/ledger/test_ledger_policy.py",),
    ),
    (
        "decided-by-half",
        "half of the power executes a proposal",
        "decide",
        "if not context.setting.validators.is_quorum(power):",
        "if 2 * power < context.setting.validators.total_power:",
        ("tests/unit/ledger/test_ledger_governance.py",),
    ),
    (
        "version-by-one-member",
        "one member schedules a version of a module",
        "set_module_version",
        '    context.call("membership", "require_quorum")\n    if message.version >',
        "    if message.version >",
        VERSIONS,
    ),
    (
        "version-withdrawn-by-one-member",
        "one member takes a scheduled version back",
        "withdraw_module_version",
        '    context.call("membership", "require_quorum")\n    standing, scheduled',
        "    standing, scheduled",
        VERSIONS,
    ),
    (
        "version-skipped",
        "a module may skip a version",
        "set_module_version",
        "    if message.version > _in_force(context, message) + 1:\n",
        "    if False:\n",
        VERSIONS,
    ),
    (
        "version-at-once",
        "a version comes into force without notice",
        "require_ahead",
        "    if message.height < earliest:\n",
        "    if False:\n",
        VERSIONS,
    ),
    (
        "version-in-force-withdrawn",
        "a version is taken back though it is in force",
        "_parts",
        "    return reached[-1:], known[len(reached) :]",
        "    return (), known",
        VERSIONS,
    ),
    (
        "executed-without-the-version",
        "blocks are executed without a version that is in force",
        "Ledger.begin",
        "    self._edition.require()\n",
        "",
        VERSIONS,
    ),
    (
        "version-a-height-late",
        "a version comes into force a block late",
        "Ledger.commit",
        "    self._edition = self._software.edition(self._schedule, self._height + 1)\n",
        "    self._edition = self._software.edition(self._schedule, self._height)\n",
        VERSIONS,
    ),
    (
        "not-migrated",
        "records stay as the version before wrote them",
        "BlockRun.__init__",
        "    executor.migrate(arriving)\n",
        "",
        VERSIONS,
    ),
    (
        "answered-by-the-next-version",
        "a query is answered by a version that did not write the state",
        "Ledger.query",
        "    query = self._reading.query(module, name)\n",
        "    query = self._edition.catalogue.query(module, name)\n",
        VERSIONS,
    ),
    (
        "proposal-without-the-version",
        "a proposal that was kept is judged without a version that is in force",
        "Heights._commit",
        "    if self._ledger.edition.missing:\n        return  # Our",
        "    if False:\n        return  # Our",
        ("tests/unit/replica/test_replica_versions.py",),
    ),
    (
        "caught-up-without-the-version",
        "blocks that were fetched are applied without a version that is in force",
        "Heights._execute",
        "        if self._ledger.edition.missing:\n            return\n        self.work",
        "        self.work",
        ("tests/unit/replica/test_replica_versions.py",),
    ),
    (
        "runs-on-without-the-version",
        "a node runs on where it cannot judge the next block",
        "VersionWatch.committed",
        "    self._ledger.edition.require()\n",
        "",
        ("tests/unit/node/test_node_versions.py",),
    ),
    (
        "vote-of-a-lost-key",
        "a vote counts though its key is frozen",
        "in_favour",
        "case (str(name), str(own), tuple(roles), False) if",
        "case (str(name), str(own), tuple(roles), bool()) if",
        ("tests/unit/ledger/test_ledger_governance.py",),
    ),
    (
        "frozen-signs",
        "a frozen account signs",
        "signers_of",
        "        if account.frozen:\n",
        "        if False:\n",
        ("tests/unit/ledger/test_ledger_accounts.py",),
    ),
    (
        "stranger-signs",
        "a key that the transaction brings along signs alone",
        "_introduced",
        "        and operation.args[0] in own\n",
        "",
        ("tests/unit/ledger/test_ledger_accounts.py",),
    ),
    (
        "payload-for-anybody",
        "a node gives a sealed payload to whoever asks",
        "Payloads._answer",
        "    if self._may_have(event.peer, request.root):\n",
        "    if True:\n",
        ("tests/unit/node/test_node_payloads.py",),
    ),
    (
        "payload-not-compared",
        "a fetched payload need not be the one that the chain names",
        "Payloads._fetch",
        "if envelope is None or (sha256(envelope), len(envelope)) != (digest, size):",
        "if envelope is None:",
        ("tests/unit/node/test_node_payloads.py",),
    ),
    (
        "auditor-left-out",
        "a payload need not be sealed for the auditors that the members agreed on",
        "put",
        "    for org in auditors(context):",
        "    for org in ():",
        ("tests/unit/ledger/test_ledger_private.py",),
    ),
    (
        "sealed-for-who-left",
        "a payload is put for an organisation that has left",
        "require_keys",
        ' or not view.call("membership", "is_member", org):',
        ":",
        ("tests/unit/ledger/test_ledger_private.py",),
    ),
    (
        "sealed-to-any-chain",
        "a sealed key opens on another chain",
        "_info",
        "    return encode((_DOMAIN, 1, chain_id, root, org))",
        "    return encode((_DOMAIN, 1, root, org))",
        ("tests/unit/client/test_client_private_terms.py",),
    ),
)
BUSINESS: Final = tuple(
    Mutant(name=name, fault=fault, function=function, old=old, new=new, catchers=catchers)
    for name, fault, function, old, new, catchers in _ROWS
)
BUSINESS_AND_JOINING: Final = (
    *JOINING,
    *BUSINESS,
    *PAYING,
    *CERTIFYING,
    *RIGHTS,
    *CLAIMING,
    *CONSENTING,
    *PROVING,
    *LIVENESS,
    *NAMING,
    *MEMORY,
    *WORK,
    *PACKAGES,
    *TRACING,
    *TITLE,
)
