"""Declaration of the property titles."""

from __future__ import annotations

from typing import Final

from p2pchain.business.title.events import EVENTS
from p2pchain.business.title.guards import COURT, REGISTRAR
from p2pchain.business.title.queries import QUERIES
from p2pchain.business.title.record_types import RECORDS
from p2pchain.business.title.records import NAME
from p2pchain.business.title.refusals import REFUSALS
from p2pchain.business.title.register import (
    AssignDistrict,
    MergeUnits,
    RegisterTitle,
    SplitUnit,
    TransferTitle,
    assign_district,
    merge,
    register,
    split,
    transfer,
)
from p2pchain.business.title.rights import DischargeRight, RecordRight, discharge, record
from p2pchain.business.title.sales import PUBLICS
from p2pchain.ledger.module import Action, Module

OWNERS_FILE: Final = "the owners with their shares as JSON, and the instrument"
INSTRUMENT: Final = "the instrument, of which the hash is recorded"
REGISTER: Final = "the registrar of the district"

ACTIONS: Final = (
    Action(
        name="assign",
        message=AssignDistrict,
        run=assign_district,
        does="Assign the register of a district to an organisation",
        who="organisations with more than 2/3 of the power",
    ),
    Action(
        name="register",
        message=RegisterTitle,
        run=register,
        role=REGISTRAR,
        does="Enter a unit into the register with its owners and their shares",
        who=REGISTER,
        file=OWNERS_FILE,
    ),
    Action(
        name="transfer",
        message=TransferTitle,
        run=transfer,
        role=REGISTRAR,
        does="Transfer an owner's share to others; a listing of the unit is suspended",
        who=f"{REGISTER}; with it each mortgagee, and each court that seized the unit",
        file=OWNERS_FILE,
    ),
    Action(
        name="split",
        message=SplitUnit,
        run=split,
        role=REGISTRAR,
        does="Split a unit that bears no right into several",
        who=REGISTER,
        file=INSTRUMENT,
    ),
    Action(
        name="merge",
        message=MergeUnits,
        run=merge,
        role=REGISTRAR,
        does="Merge units that bear no right and have the same owners into one",
        who=REGISTER,
        file=INSTRUMENT,
    ),
    Action(
        name="record",
        message=RecordRight,
        run=record,
        does="Record a mortgage, seizure, lease, objection, advance notice or residence",
        who=f"{REGISTER}; a court, too, a seizure or an objection",
        file=INSTRUMENT,
    ),
    Action(
        name="discharge",
        message=DischargeRight,
        run=discharge,
        does="Discharge a right",
        who="the member that holds it, a court by an account with the role court; where none does, or once "
        f"it has lapsed, {REGISTER}",
        file=INSTRUMENT,
    ),
)

MODULE: Final = Module(
    name=NAME,
    roles=(REGISTRAR, COURT),
    source=__name__,
    does="Keep property titles: owners with shares that sum to one, rights, and pending sales",
    actions=ACTIONS,
    events=EVENTS,
    records=RECORDS,
    refusals=REFUSALS,
    queries=QUERIES,
    publics=PUBLICS,
)
