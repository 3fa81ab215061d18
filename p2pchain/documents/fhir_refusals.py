"""Refusals of a FHIR resource: the fault, and the remedy.

Reading fails closed: what would narrow a permission, and is not understood, is never left out in silence.
"""

from __future__ import annotations

from p2pchain.documents.refusals import quoted
from p2pchain.model.errors import Refused


class NotConsentForm(Refused):
    """The file holds no FHIR Consent."""

    def __init__(self, *, reason: str) -> None:
        """``reason``: what was found instead."""
        hint = "give a FHIR Consent resource by itself, as JSON or XML"
        super().__init__("FHIR_NOT_CONSENT", {"reason": quoted(reason)}, hint)


class FhirVersionUnclear(Refused):
    """The resource is of another release than was asked for, of both, or of neither."""

    def __init__(self, *, wanted: str | None, r4: str | None, r5: str | None) -> None:
        """``r4``, ``r5``: an element that only this release has, None for none."""
        hint = "R4 has patient, policyRule, provision.type; R5 has subject, controller, decision"
        super().__init__("FHIR_VERSION", {"wanted": wanted, "of_r4": r4, "of_r5": r5}, hint)


class ConsentFormStatus(Refused):
    """The form is no longer, or was never, a consent that somebody may activate."""

    def __init__(self, *, status: str | None) -> None:
        """``status``: as the form says."""
        super().__init__("FHIR_STATUS", {"status": status}, "give a form that is draft, proposed or active")


class FhirUnmapped(Refused):
    """The form says something that the terms on the chain cannot say."""

    def __init__(self, *, element: str, reason: str) -> None:
        """``element``: its path."""
        hint = "nothing is left out in silence: write the form without it, or in other words"
        super().__init__("FHIR_UNMAPPED", {"element": element, "reason": quoted(reason)}, hint)


class ConsentFormUndecided(Refused):
    """The form says neither permit nor deny."""

    def __init__(self, *, element: str) -> None:
        """``element``: where it would stand."""
        super().__init__("FHIR_NO_DECISION", {"element": element}, "have it say permit or deny")


class ProvisionsUnclear(Refused):
    """An R5 form has provisions, and does not say which way they are meant."""

    def __init__(self, *, decision: str) -> None:
        """``decision``: of the form, which its provisions restrict or undo."""
        super().__init__(
            "FHIR_PROVISIONS",
            {"element": "Consent.provision", "decision": decision},
            "R5 provisions have no type: say --provisions exceptions (they are exempt from the decision), "
            "or --provisions conditions (it holds under them alone)",
        )


class ProvisionsTooDeep(Refused):
    """The form nests provisions deeper than two levels."""

    def __init__(self, *, levels_max: int) -> None:
        """``levels_max``: deepest level that is read."""
        hint = "write the form with fewer levels, and have it signed anew"
        super().__init__("CNS_TOO_DEEP", {"most": levels_max}, hint)
