"""Declaration of policies: who has to sign an action, beyond what its module asks for itself."""

from __future__ import annotations

from p2pchain.ledger.consortium.policy.queries import answer_list
from p2pchain.ledger.consortium.policy.refusals import REFUSALS
from p2pchain.ledger.consortium.policy.rules import (
    NAME,
    OWN,
    OWN_MAX,
    RULE,
    WORD_BYTES_MAX,
    Set,
    SetOwn,
    forget_own,
    own_needed,
    require_open_to_policies,
    set_own,
    set_policy,
)
from p2pchain.ledger.consortium.policy.signers import PART_BYTES_MAX, PARTS_MAX, PolicyKind
from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import Array, Integer, Optional, Organisation, Row, Text
from p2pchain.ledger.module import Action, EventType, Module, Query, RecordType

MODULE_NAME = Field(name="module", kind=Text(bytes_max=WORD_BYTES_MAX, help="module of the action"))
ACTION = Field(name="action", kind=Text(bytes_max=WORD_BYTES_MAX, help="the action"))
ORG = Field(name="org", kind=Organisation(help="organisation"))
ADMINS = Integer(low=1, high=OWN_MAX, unit="admins", help="how many its own affairs need")
NEEDED = Field(name="needed", kind=ADMINS)

MODULE = Module(
    name=NAME,
    source=__name__,
    does="Say who has to sign an action, beyond what its module asks for itself",
    actions=(
        Action(
            name="set",
            message=Set,
            run=set_policy,
            lasting=require_open_to_policies,
            does="Set who has to sign an action, beyond its own rule, or take that away",
            who="admins of organisations with more than 2/3 of the power",
        ),
        Action(
            name="set_own",
            message=SetOwn,
            run=set_own,
            command="own",
            does="Agree on how many admins the affairs of an organisation need",
            who="as many of its admins as they need now, or admins of organisations with more than 2/3 of "
            "the power",
        ),
    ),
    events=(
        EventType(
            name="set",
            fields=(MODULE_NAME, ACTION, Field(name="policy", kind=Optional(inner=PolicyKind()))),
            sentence="policy of {module} {action}: {policy}",
        ),
        EventType(name="own_set", fields=(ORG, NEEDED), sentence="{org} needs {needed} for its own affairs"),
    ),
    records=(
        RecordType(
            name="rule",
            prefix=RULE,
            key=(MODULE_NAME, ACTION),
            fields=(
                Field(name="needed", kind=Integer(low=1, high=PARTS_MAX, help="parts to be filled")),
                Field(
                    name="parts",
                    kind=Array(
                        inner=Text(bytes_max=PART_BYTES_MAX), most=PARTS_MAX, least=1, is_distinct=False
                    ),
                ),
            ),
            sentence="{module} {action} needs signers for at least {needed} of: {parts}",
            is_public=True,
        ),
        RecordType(
            name="own",
            prefix=OWN,
            key=(ORG,),
            fields=(NEEDED,),
            sentence="{org} needs {needed} for its own affairs",
            is_public=True,
        ),
    ),
    refusals=REFUSALS,
    queries=(
        Query(
            name="list",
            fields=(),
            answer=answer_list,
            does="List all policies, and how many admins organisations ask of themselves",
            returns=(
                Field(
                    name="own",
                    kind=Array(
                        inner=Row(columns=(("org", ORG.kind), ("needed", ADMINS))),
                        most=WORD_BYTES_MAX,
                        label="admins for own affairs",
                    ),
                ),
            ),
            rows=(
                "policies",
                (
                    MODULE_NAME,
                    ACTION,
                    Field(name="policy", kind=Text(bytes_max=PARTS_MAX * (PART_BYTES_MAX + 2))),
                ),
            ),
        ),
    ),
    publics={"own_needed": own_needed, "forget_own": forget_own},
)
