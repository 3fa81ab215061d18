"""Refusals of ``encumbrance``."""

from __future__ import annotations

from p2pchain.model.refusal import Guilt, Refusal


class EncumbranceActive(Refusal):
    """The thing, or the invoice behind it, is encumbered already: pledged, financed, pooled, seized."""

    code = "ENC_ACTIVE"
    fact_names = ("encumbrance",)
    words = "it is encumbered already"
    next_step = "that must end first"
    guilt = Guilt.STATE
