"""Declaration of the certificates."""

from __future__ import annotations

from typing import Final

from p2pchain.business.certificate.answers import (
    CERTIFICATE,
    DAY,
    DEVICE_FIELD,
    DEVICE_SHOWN,
    HOURS_SHOWN,
    ISSUE_ARGUMENT,
    ISSUE_SHOWN,
    LEDGER_ROW,
    LINE,
    LIST_FIELDS,
    LISTED,
    SHOWN,
    WITH_HISTORY,
)
from p2pchain.business.certificate.devices import AmendDevice, RegisterDevice, amend_device, register_device
from p2pchain.business.certificate.events import EVENTS
from p2pchain.business.certificate.issuing import (
    IssueCertificates,
    ReopenIssue,
    WithdrawCertificate,
    issue,
    reopen,
    withdraw,
)
from p2pchain.business.certificate.parties import ISSUING_BODY
from p2pchain.business.certificate.passage import (
    DistrustLedger,
    ExportCertificate,
    ImportCertificate,
    TrustLedger,
    distrust_ledger,
    export,
    import_certificate,
    require_other_ledger,
    trust_ledger,
)
from p2pchain.business.certificate.queries import (
    answer_device,
    answer_history,
    answer_hours,
    answer_issue,
    answer_ledgers,
    answer_list,
    answer_show,
)
from p2pchain.business.certificate.record_types import RECORDS
from p2pchain.business.certificate.refusals import REFUSALS
from p2pchain.business.certificate.retirement import (
    CancelCertificates,
    ClaimCertificates,
    ExpireCertificates,
    cancel,
    claim,
    expire,
)
from p2pchain.business.certificate.trading import (
    LockCertificate,
    OfferCertificate,
    OnCertificate,
    SplitCertificate,
    accept,
    decline,
    lock,
    offer,
    retract,
    split,
    unlock,
)
from p2pchain.ledger.module import Action, Module, Query, QueryReaders

NAME: Final = "certificate"
READINGS_FILE: Final = "the meter's readings, as CSV with intervals of ISO 8601"
STATEMENT_FILE: Final = "the statement: for whom and what, as JSON"
PROOF_FILE: Final = "the proof file of the export, from the other ledger"
A_QUORUM: Final = "admins of organisations with more than 2/3 of the power"
THE_HOLDER: Final = "the holder"

ACTIONS: Final = (
    Action(
        name="register_device",
        message=RegisterDevice,
        run=register_device,
        role=ISSUING_BODY,
        does="Register a metering point for which you issue",
        who="an issuing body and the owner, in one transaction",
    ),
    Action(
        name="amend_device",
        message=AmendDevice,
        run=amend_device,
        does="Change the owner or capacity of a metering point; other facts only by the members",
        who="an issuing body of it, its owner and the next one, in one transaction; or " + A_QUORUM,
    ),
    Action(
        name="issue",
        message=IssueCertificates,
        run=issue,
        role=ISSUING_BODY,
        does="Issue certificates for metered energy; the remainder below a whole one is carried over",
        who="an issuing body that has registered the metering point",
        file=READINGS_FILE,
    ),
    Action(
        name="split",
        message=SplitCertificate,
        run=split,
        does="Split a certificate into ranges that make up its watt-hours",
        who=THE_HOLDER,
    ),
    Action(
        name="offer",
        message=OfferCertificate,
        run=offer,
        does="Offer a certificate to another organisation, which has to accept it",
        who=THE_HOLDER,
    ),
    Action(
        name="accept",
        message=OnCertificate,
        run=accept,
        does="Accept a certificate that is offered to you; you hold it then",
        who="the organisation to which it is offered",
    ),
    Action(
        name="decline",
        message=OnCertificate,
        run=decline,
        does="Decline a certificate that is offered to you",
        who="the organisation to which it is offered",
    ),
    Action(
        name="retract",
        message=OnCertificate,
        run=retract,
        does="Retract an offer of a certificate that was not accepted",
        who=THE_HOLDER,
    ),
    Action(
        name="lock",
        message=LockCertificate,
        run=lock,
        does="Lock a certificate for an organisation up to a day; only that one can get it",
        who=THE_HOLDER,
    ),
    Action(
        name="unlock",
        message=OnCertificate,
        run=unlock,
        does="Unlock a certificate",
        who="the organisation for which it is locked; after its last day the holder",
    ),
    Action(
        name="cancel",
        message=CancelCertificates,
        run=cancel,
        does="Cancel certificates for a beneficiary, with a statement, for good",
        who=THE_HOLDER,
        file=STATEMENT_FILE,
    ),
    Action(
        name="claim",
        message=ClaimCertificates,
        run=claim,
        does="Claim production against consumption of the same period, for good",
        who="the holders of both, in one transaction",
    ),
    Action(
        name="expire",
        message=ExpireCertificates,
        run=expire,
        does="Record that certificates have expired",
        who="anybody",
    ),
    Action(
        name="withdraw",
        message=WithdrawCertificate,
        run=withdraw,
        role=ISSUING_BODY,
        does="Withdraw a certificate that was issued in error",
        who="its issuing body while the metering point's owner has it, else with its holder, too; once it is "
        "claimed, with the holders of both halves",
    ),
    Action(
        name="reopen",
        message=ReopenIssue,
        run=reopen,
        role=ISSUING_BODY,
        does="Reopen the hours of an issue whose certificates are all withdrawn",
        who="its issuing body",
    ),
    Action(
        name="export",
        message=ExportCertificate,
        run=export,
        does="Send a certificate to an organisation of another ledger",
        who=THE_HOLDER,
    ),
    Action(
        name="import",
        message=ImportCertificate,
        run=import_certificate,
        does="Import a certificate that was exported to you from another ledger",
        who="the organisation to which it was exported",
        file=PROOF_FILE,
    ),
    Action(
        name="trust_ledger",
        message=TrustLedger,
        run=trust_ledger,
        lasting=require_other_ledger,
        does="Agree on a trusted block of another ledger, from which its proofs are verified",
        who=A_QUORUM,
    ),
    Action(
        name="distrust_ledger",
        message=DistrustLedger,
        run=distrust_ledger,
        does="Agree to accept no more certificates from another ledger",
        who=A_QUORUM,
    ),
)

QUERIES: Final = (
    Query(name="show", fields=(CERTIFICATE,), answer=answer_show, does="Show a certificate", returns=SHOWN),
    Query(
        name="history",
        fields=(CERTIFICATE,),
        answer=answer_history,
        does="Show the history of a certificate and of those it was split from, the oldest step first",
        returns=WITH_HISTORY,
        rows=("lines", LINE),
    ),
    Query(
        name="list",
        fields=LIST_FIELDS,
        answer=answer_list,
        does="List certificates by their ids",
        rows=("certificates", LISTED),
    ),
    Query(
        name="device",
        fields=(DEVICE_FIELD,),
        answer=answer_device,
        does="Show a metering point, and what was issued for it",
        returns=DEVICE_SHOWN,
    ),
    Query(
        name="hours",
        fields=(DEVICE_FIELD, DAY),
        answer=answer_hours,
        does="Show the times of a day for which certificates were issued",
        returns=HOURS_SHOWN,
    ),
    Query(
        name="show_issue",
        fields=(ISSUE_ARGUMENT,),
        answer=answer_issue,
        does="Show what became of the watt-hours that were issued for a period",
        returns=ISSUE_SHOWN,
    ),
    Query(
        name="ledgers",
        readers=QueryReaders.ACCOUNTS,
        fields=(),
        answer=answer_ledgers,
        does="List the other ledgers whose certificates are accepted",
        rows=("ledgers", LEDGER_ROW),
    ),
)

MODULE: Final = Module(
    name=NAME,
    roles=(ISSUING_BODY,),
    source=__name__,
    does="Issue certificates for metered energy once, transfer them, and use them once",
    actions=ACTIONS,
    events=EVENTS,
    records=RECORDS,
    refusals=REFUSALS,
    queries=QUERIES,
)
