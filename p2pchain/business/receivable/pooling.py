"""Receivables in pools of other modules: one that is pooled does not change hands until it is out again.

It is owed and paid as before, to whoever holds it. Parts of one receivable are one basis of the invoice
behind it (``encumbrance``), so the encumbrance is the receivable's own, as that of a financier is; the record
``pooled/<id>`` → ``[module, basis]`` says for which deal, and lets no second one have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from p2pchain.business.encumbrance.module import DOCUMENT, FINANCED, POOLED, RECEIVABLE
from p2pchain.business.receivable.parties import POOLED_AT, require_party, require_tradable
from p2pchain.business.receivable.records import Receivable, require, store
from p2pchain.business.receivable.transfer import encumber, release
from p2pchain.ledger.context import Context, Public
from p2pchain.model.ids import OrgId
from p2pchain.model.transaction import Value


def pool(context: Context, receivable: Value, module: Value, basis: Value, org: Value) -> Value:
    """Pool what ``org`` holds for a basis of another module; ``(amount_minor, currency, due_day, document,
    whether its invoice is named or said not to be)``.

    ``RCV_UNKNOWN``, ``AUTH_CONTROLLER`` where another holds it, what ``require_tradable`` refuses, which is
    ``ENC_ACTIVE`` where it is pooled already; ``ENC_ACTIVE`` where it or its invoice is encumbered.
    """
    assert isinstance(receivable, bytes), f"a receivable, not {receivable!r}"
    assert isinstance(org, str), f"an organisation, not {org!r}"
    item = require(context, receivable)
    require_party(context, item, item.holder if item.holder == org else None, "holder")
    require_tradable(context, item)
    encumber(context, item, POOLED, OrgId(org))
    context.put(POOLED_AT + item.key, (module, basis))
    store(context, item, _unoffered(item), "pooled", OrgId(org), module)
    is_documented = item.document is not None or item.no_document is not None
    return item.amount_minor, item.currency, item.due_day, item.document, is_documented


def unpool(context: Context, receivable: Value, module: Value, basis: Value) -> Value:
    """Take a receivable out of a pool; whether it was in it for this basis."""
    assert isinstance(receivable, bytes), f"a receivable, not {receivable!r}"
    key = POOLED_AT + receivable
    if context.get(key) != (module, basis):
        return False
    item = require(context, receivable)
    context.delete(key)
    release(context, item)
    if item.financier is not None:
        _financed_again(context, item, item.financier)
    store(context, item, item, "unpooled", item.holder, module)
    return True


def _financed_again(context: Context, item: Receivable, financier: OrgId) -> None:
    """Show what its financier still has as financed: the index keeps the latest kind. A claim on the invoice
    that was struck meanwhile is not made anew, and whoever has the invoice now keeps it.
    """
    own = RECEIVABLE + item.key
    context.call("encumbrance", "take", own, context.module, item.root, FINANCED, financier)
    context.call("encumbrance", "free", own, context.module, item.root)
    if item.document is None:
        return
    match context.call("encumbrance", "holder_of", DOCUMENT + item.document):
        case (module, basis, _, _) if (module, basis) == (context.module, item.root):
            context.call("registry", "take", item.document, context.module, item.root, FINANCED, financier)
            context.call("registry", "free", item.document, context.module, item.root)


def _unoffered(item: Receivable) -> Receivable:
    return replace(item, offer_to=None, offer_price=None, offer_recourse=False)


PUBLICS: Final[Mapping[str, Public]] = {"pool": pool, "unpool": unpool}
