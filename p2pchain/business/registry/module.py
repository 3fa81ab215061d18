"""The registry as the kernel takes it: its actions with their fields, and its queries."""

from __future__ import annotations

from p2pchain.business.registry.claims import PUBLICS
from p2pchain.business.registry.contest import (
    AUDITOR,
    ISSUER,
    ContestClaim,
    Disclose,
    OnDocument,
    confirm,
    contest,
    disclose,
    strike,
    uphold,
)
from p2pchain.business.registry.declaration import DeclarationsKind
from p2pchain.business.registry.document import SHARE_WHOLE
from p2pchain.business.registry.financiers_key import (
    FINANCIER,
    CloseKey,
    SetKey,
    close_key,
    rotate_key,
    set_key,
)
from p2pchain.business.registry.queries import (
    DECLARED_BYTES_MAX,
    PAGE_MAX,
    answer_check,
    answer_key,
    answer_list,
    answer_show,
    answer_terms,
)
from p2pchain.business.registry.rules import (
    Cancel,
    Finance,
    Register,
    Release,
    cancel,
    finance,
    register,
    release,
)
from p2pchain.business.registry.terms import SetTerms, set_terms
from p2pchain.ledger.module import Action, Module, Query
from p2pchain.ledger.schema import (
    BytesField,
    Field,
    FlagField,
    IntegerField,
    OptionalField,
    ShortBytesField,
    TextField,
)
from p2pchain.model.ids import HASH_BYTES

NAME = "registry"
WORD_BYTES_MAX = 32
EPOCH_MAX = 2**31
DISCLOSURE_DAYS_MAX = 366
DOCUMENT = BytesField(name="document", size=HASH_BYTES)
SHARE = IntegerField(name="share", low=1, high=SHARE_WHOLE)
REASON = TextField(name="reason", bytes_max=WORD_BYTES_MAX)
EPOCH = IntegerField(name="epoch", low=1, high=EPOCH_MAX)
KEY = (EPOCH, BytesField(name="key_id", size=HASH_BYTES), BytesField(name="check", size=HASH_BYTES))

ACTIONS = (
    Action(
        name="register",
        message=Register,
        fields=(DOCUMENT, Field(name="declarations", kind=DeclarationsKind())),
        run=register,
        role=FINANCIER,
    ),
    Action(
        name="finance",
        message=Finance,
        fields=(DOCUMENT, SHARE, FlagField(name="acknowledge_similar")),
        run=finance,
        role=FINANCIER,
    ),
    Action(
        name="release",
        message=Release,
        fields=(DOCUMENT, OptionalField(inner=SHARE), REASON),
        run=release,
        role=FINANCIER,
    ),
    Action(name="cancel", message=Cancel, fields=(DOCUMENT,), run=cancel, role=FINANCIER),
    Action(
        name="contest",
        message=ContestClaim,
        fields=(DOCUMENT, BytesField(name="own", size=HASH_BYTES)),
        run=contest,
        role=FINANCIER,
    ),
    Action(
        name="disclose",
        message=Disclose,
        fields=(DOCUMENT, BytesField(name="root", size=HASH_BYTES)),
        run=disclose,
        role=FINANCIER,
    ),
    Action(name="uphold", message=OnDocument, fields=(DOCUMENT,), run=uphold, role=AUDITOR),
    Action(name="strike", message=OnDocument, fields=(DOCUMENT,), run=strike, role=AUDITOR),
    Action(name="confirm", message=OnDocument, fields=(DOCUMENT,), run=confirm, role=ISSUER),
    Action(name="set_key", message=SetKey, fields=KEY, run=set_key, role=FINANCIER),
    Action(name="rotate_key", message=SetKey, fields=KEY, run=rotate_key),
    Action(name="close_key", message=CloseKey, fields=(EPOCH, FlagField(name="leave")), run=close_key),
    Action(
        name="set_terms",
        message=SetTerms,
        fields=(
            IntegerField(name="share_min", low=1, high=SHARE_WHOLE),
            IntegerField(name="disclosure_days", low=1, high=DISCLOSURE_DAYS_MAX),
        ),
        run=set_terms,
    ),
)

QUERIES = (
    Query(
        name="check",
        fields=(
            DOCUMENT,
            OptionalField(inner=ShortBytesField(name="declarations", bytes_max=DECLARED_BYTES_MAX)),
        ),
        answer=answer_check,
    ),
    Query(name="show", fields=(DOCUMENT,), answer=answer_show),
    Query(
        name="list",
        fields=(
            OptionalField(inner=TextField(name="state", bytes_max=WORD_BYTES_MAX)),
            OptionalField(inner=FlagField(name="mine")),
            OptionalField(inner=BytesField(name="after", size=HASH_BYTES)),
            OptionalField(inner=IntegerField(name="limit", low=1, high=PAGE_MAX)),
        ),
        answer=answer_list,
    ),
    Query(name="key", fields=(), answer=answer_key),
    Query(name="terms", fields=(), answer=answer_terms),
)

MODULE = Module(name=NAME, actions=ACTIONS, queries=QUERIES, publics=PUBLICS)
