"""The registry as the kernel takes it: its actions with their fields, and its queries."""

from __future__ import annotations

from p2pchain.ledger.module import Action, Module, Query
from p2pchain.ledger.modules.registry.document import SHARE_WHOLE
from p2pchain.ledger.modules.registry.queries import PAGE_MAX, answer_check, answer_list, answer_show
from p2pchain.ledger.modules.registry.rules import (
    Cancel,
    Finance,
    Register,
    Release,
    cancel,
    finance,
    register,
    release,
)
from p2pchain.ledger.schema import BytesField, FlagField, IntegerField, OptionalField, TextField
from p2pchain.model.ids import HASH_BYTES

NAME = "registry"
WORD_BYTES_MAX = 32
EXACT = BytesField(name="exact", size=HASH_BYTES)
WEAK = BytesField(name="weak", size=HASH_BYTES)
SHARE = IntegerField(name="share", low=1, high=SHARE_WHOLE)
REASON = TextField(name="reason", bytes_max=WORD_BYTES_MAX)

MODULE = Module(
    name=NAME,
    actions=(
        Action(name="register", message=Register, fields=(EXACT, WEAK), run=register),
        Action(
            name="finance",
            message=Finance,
            fields=(EXACT, SHARE, FlagField(name="acknowledge_similar")),
            run=finance,
        ),
        Action(
            name="release", message=Release, fields=(EXACT, OptionalField(inner=SHARE), REASON), run=release
        ),
        Action(name="cancel", message=Cancel, fields=(EXACT,), run=cancel),
    ),
    queries=(
        Query(name="check", fields=(EXACT, OptionalField(inner=WEAK)), answer=answer_check),
        Query(name="show", fields=(BytesField(name="document", size=HASH_BYTES),), answer=answer_show),
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
    ),
)
