"""Declaration of the listings."""

from __future__ import annotations

from typing import Final

from p2pchain.business.listing.declared import EVENTS, RECORDS
from p2pchain.business.listing.mandates import (
    AuthoriseAgent,
    LicenseAgent,
    RevokeMandate,
    UnlicenseAgent,
    authorise,
    license_agent,
    revoke,
    unlicense_agent,
)
from p2pchain.business.listing.offers import (
    OfferUnit,
    OnListing,
    Renew,
    Reprice,
    SignSale,
    close,
    follow_title,
    offer,
    renew,
    reprice,
    sign_sale,
    withdraw,
)
from p2pchain.business.listing.queries import QUERIES
from p2pchain.business.listing.records import ROLE
from p2pchain.business.listing.refusals import REFUSALS
from p2pchain.business.title.guards import REGISTRAR
from p2pchain.business.title.module import REGISTER
from p2pchain.ledger.module import Action, Module

NAME: Final = "listing"
AGENT_SIGNS: Final = "an agent of the organisation whose listing it is"
EITHER: Final = f"{AGENT_SIGNS}, or the registrar of the unit"

ACTIONS: Final = (
    Action(
        name="license",
        message=LicenseAgent,
        run=license_agent,
        role=REGISTRAR,
        does="License an agent for a district up to a day",
        who=REGISTER,
    ),
    Action(
        name="unlicense",
        message=UnlicenseAgent,
        run=unlicense_agent,
        role=REGISTRAR,
        does="Revoke the licence of an agent for a district",
        who=REGISTER,
    ),
    Action(
        name="authorise",
        message=AuthoriseAgent,
        run=authorise,
        role=REGISTRAR,
        does="Record that the owners of a unit authorise an agent to offer it",
        who="the registrar of the unit, for its owners",
        file="what the owners signed, of which the hash is recorded",
    ),
    Action(
        name="revoke",
        message=RevokeMandate,
        run=revoke,
        role=REGISTRAR,
        does="Record that the owners of a unit revoke an agent's authority; its listing is suspended",
        who="the registrar of the unit, for its owners",
    ),
    Action(
        name="offer",
        message=OfferUnit,
        run=offer,
        role=ROLE,
        does="Offer a unit, as its owners authorised and its title allows",
        who="a licensed agent whom the owners authorised",
        file="the listing as RESO JSON",
    ),
    Action(
        name="reprice",
        message=Reprice,
        run=reprice,
        role=ROLE,
        does="Change the asking price of a listing",
        who=AGENT_SIGNS,
    ),
    Action(
        name="renew",
        message=Renew,
        run=renew,
        role=ROLE,
        does="Renew a listing, after checking the title as it is now",
        who=AGENT_SIGNS,
    ),
    Action(
        name="withdraw",
        message=OnListing,
        run=withdraw,
        does="Withdraw a listing, and the sale signed under it",
        who=EITHER,
    ),
    Action(
        name="sign_sale",
        message=SignSale,
        run=sign_sale,
        role=ROLE,
        does="Sign the sale of a unit: it is reserved for this buyer up to a day",
        who=AGENT_SIGNS,
        file="the signed contract, of which the hash is recorded",
    ),
    Action(
        name="close",
        message=OnListing,
        run=close,
        does="Close a listing whose unit was transferred to its buyer",
        who=EITHER,
    ),
)

MODULE: Final = Module(
    name=NAME,
    roles=(REGISTRAR, ROLE),
    source=__name__,
    does="Offer property as its title allows, and check what is offered",
    actions=ACTIONS,
    events=EVENTS,
    records=RECORDS,
    refusals=REFUSALS,
    queries=QUERIES,
    publics={"follow_title": follow_title},
)
