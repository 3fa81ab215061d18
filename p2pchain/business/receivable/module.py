"""Declaration of the receivables."""

from __future__ import annotations

from typing import Final

from p2pchain.business.receivable.answers import LIMITS_NOW, LINE, LISTED, SHOWN, WITH_HISTORY
from p2pchain.business.receivable.events import EVENTS
from p2pchain.business.receivable.fields import ID
from p2pchain.business.receivable.issue import (
    Accept,
    CancelReceivable,
    Guarantee,
    Issue,
    Reject,
    SetLimits,
    accept,
    cancel,
    guarantee,
    issue,
    reject,
    require_ordered,
    set_limits,
)
from p2pchain.business.receivable.movements import QUERY as MOVEMENTS
from p2pchain.business.receivable.parties import FINANCIER, ISSUER
from p2pchain.business.receivable.pooling import PUBLICS
from p2pchain.business.receivable.queries import (
    answer_history,
    answer_limits,
    answer_list,
    answer_show,
)
from p2pchain.business.receivable.record_types import RECORDS
from p2pchain.business.receivable.refusals import REFUSALS
from p2pchain.business.receivable.selection import FIELDS as LIST_FIELDS
from p2pchain.business.receivable.settlement import (
    AttestPayment,
    ByHolder,
    Offset,
    attest_payment,
    confirm,
    default,
    deny,
    offset,
    present,
    recourse,
    waive,
)
from p2pchain.business.receivable.transfer import (
    FinanceReceivable,
    OnOffer,
    Pledge,
    RequestFinance,
    SetPolicy,
    Split,
    Transfer,
    Unpledge,
    accept_transfer,
    decline,
    finance,
    pledge,
    request_finance,
    set_policy,
    split,
    transfer,
    unpledge,
    withdraw,
)
from p2pchain.ledger.fields import Entry, Field
from p2pchain.ledger.module import Action, Module, Query, QueryReaders

NAME: Final = "receivable"
STATEMENT_FILE: Final = "the reference, or the bank's statement (camt.053, camt.054) with the payment"
RECEIVABLE: Final = Field(name="receivable", kind=ID, entry=Entry(is_argument=True))

ACTIONS: Final = (
    Action(
        name="issue",
        message=Issue,
        run=issue,
        role=ISSUER,
        does="Propose a receivable, as its debtor or as its creditor",
        who="an issuer of the debtor or of the creditor",
    ),
    Action(
        name="accept",
        message=Accept,
        run=accept,
        role=ISSUER,
        does="Accept a receivable as its debtor; it is irrevocable from then on",
        who="an issuer of the debtor",
    ),
    Action(
        name="reject",
        message=Reject,
        run=reject,
        role=ISSUER,
        does="Reject a proposed receivable as its debtor",
        who="an issuer of the debtor",
    ),
    Action(
        name="cancel",
        message=CancelReceivable,
        run=cancel,
        does="Cancel a receivable that you proposed, before it is accepted",
        who="whoever proposed it",
    ),
    Action(
        name="guarantee",
        message=Guarantee,
        run=guarantee,
        role=FINANCIER,
        does="Guarantee an accepted receivable in case the debtor defaults",
        who="a financier that neither owes nor holds it; with the holder, in the place of another guarantor",
    ),
    Action(
        name="transfer",
        message=Transfer,
        run=transfer,
        does="Offer a receivable to another organisation, which has to accept it",
        who="the holder",
    ),
    Action(
        name="accept_transfer",
        message=OnOffer,
        run=accept_transfer,
        does="Accept a receivable that is offered to you; you hold it then",
        who="the organisation to which it is offered",
    ),
    Action(
        name="decline",
        message=OnOffer,
        run=decline,
        does="Decline a receivable that is offered to you",
        who="the organisation to which it is offered",
    ),
    Action(
        name="withdraw",
        message=OnOffer,
        run=withdraw,
        does="Withdraw an offer of a receivable that was not accepted",
        who="the holder",
    ),
    Action(
        name="split",
        message=Split,
        run=split,
        does="Split a receivable into two parts or more that make up its amount",
        who="the holder",
    ),
    Action(
        name="pledge",
        message=Pledge,
        run=pledge,
        does="Pledge a receivable as security",
        who="the holder and the pledgee, in one transaction",
    ),
    Action(
        name="unpledge",
        message=Unpledge,
        run=unpledge,
        does="Release a receivable that you hold as security",
        who="the pledgee",
    ),
    Action(
        name="request_finance",
        message=RequestFinance,
        run=request_finance,
        does="Ask a financier to discount a receivable for a price",
        who="the holder",
    ),
    Action(
        name="finance",
        message=FinanceReceivable,
        run=finance,
        role=FINANCIER,
        does="Discount a receivable as you were asked to; you hold it then",
        who="the financier that was asked",
    ),
    Action(
        name="set_policy",
        message=SetPolicy,
        run=set_policy,
        does="Set the policy for signatures of a receivable's holder",
        who="the holder, by the policy before this one",
    ),
    Action(
        name="offset",
        message=Offset,
        run=offset,
        does="Offset two receivables that run against each other in one currency",
        who="the holders of both, together or one after the other",
    ),
    Action(
        name="present",
        message=ByHolder,
        run=present,
        does="Present a receivable to its debtor for payment, from the due day on",
        who="the holder",
    ),
    Action(
        name="attest_payment",
        message=AttestPayment,
        run=attest_payment,
        does="Attest the payment of a receivable under its reference",
        who="whoever has to pay, or a financier as the bank that neither holds it nor has it as security",
        file=STATEMENT_FILE,
    ),
    Action(
        name="confirm",
        message=ByHolder,
        run=confirm,
        does="Confirm that payment arrived; this settles the receivable, or closes a claim in recourse",
        who="whoever gets the money: the pledgee, else the holder",
    ),
    Action(
        name="deny",
        message=ByHolder,
        run=deny,
        does="Deny that an attested payment arrived",
        who="whoever gets the money: the pledgee, else the holder",
    ),
    Action(
        name="default",
        message=ByHolder,
        run=default,
        does="Declare the default of a debtor that did not pay, from the day after the due day on",
        who="the holder",
    ),
    Action(
        name="recourse",
        message=ByHolder,
        run=recourse,
        does="Claim payment from the latest endorser that stayed liable, else from the guarantor",
        who="the holder",
    ),
    Action(
        name="waive",
        message=ByHolder,
        run=waive,
        does="Waive a claim in recourse; whoever it was on is liable no more",
        who="the holder",
    ),
    Action(
        name="set_limits",
        message=SetLimits,
        run=set_limits,
        lasting=require_ordered,
        does="Set the limits of tenor for receivables issued from now on",
        who="organisations with more than 2/3 of the power",
    ),
)

QUERIES: Final = (
    Query(
        name="show",
        fields=(RECEIVABLE,),
        answer=answer_show,
        does="Show a receivable",
        returns=SHOWN,
    ),
    Query(
        name="history",
        fields=(RECEIVABLE,),
        answer=answer_history,
        does="Show the history of a receivable and of those it was split from, the oldest step first",
        returns=WITH_HISTORY,
        rows=("lines", LINE),
    ),
    Query(
        name="list",
        fields=LIST_FIELDS,
        answer=answer_list,
        does="List receivables, in the order of ids or sorted by due day, amount, counterparty or invoice",
        rows=("receivables", LISTED),
    ),
    MOVEMENTS,
    Query(
        name="limits",
        readers=QueryReaders.ACCOUNTS,
        fields=(),
        answer=answer_limits,
        does="Show the limits of tenor as they are now",
        returns=LIMITS_NOW,
    ),
)

MODULE: Final = Module(
    name=NAME,
    roles=("issuer", "financier"),
    source=__name__,
    does="Issue, transfer, pledge, finance and settle receivables",
    actions=ACTIONS,
    events=EVENTS,
    records=RECORDS,
    refusals=REFUSALS,
    queries=QUERIES,
    publics=PUBLICS,
)
