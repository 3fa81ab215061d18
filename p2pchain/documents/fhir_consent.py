"""FHIR Consent, releases R4 and R5, as terms for the chain.

The releases are told apart by the elements that only one of them has; a file that says it is R5 and is an R4
resource is refused as R5. What differs:

=====================  ===============================  ==============================================
                       R4 (4.0.1)                       R5 (5.0.0)
=====================  ===============================  ==============================================
patient                ``patient``                      ``subject``
what holds otherwise   ``provision.type``, else         ``decision``
                       ``policyRule`` OPTIN, OPTOUT
outer bounds           ``provision``: actor, purpose,   ``grantee``, ``period``
                       class, code, label, period
exceptions             ``provision.provision``, each    ``provision``, without a type: exceptions of
                       with its ``type``                the decision, or its conditions (``Reading``)
=====================  ===============================  ==============================================

R5 calls its provisions exceptions of the base rule, and HL7's own example uses them as conditions of it. One
reading gives what the other denies, so whoever signed has to say which (``ProvisionsUnclear``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal

from p2pchain.documents.fhir import Tree, code_of, read_resource, text, trees
from p2pchain.documents.fhir_refusals import (
    ConsentFormStatus,
    ConsentFormUndecided,
    FhirUnmapped,
    FhirVersionUnclear,
    ProvisionsTooDeep,
    ProvisionsUnclear,
)

Release = Literal["R4", "R5"]
Reading = Literal["exceptions", "conditions"]
R4_ALONE: Final = (
    *("scope", "patient", "dateTime", "performer", "organization", "policy", "policyRule"),
    "sourceReference",
)
R5_ALONE: Final = (
    *("subject", "date", "grantor", "grantee", "manager", "controller", "regulatoryBasis"),
    *("policyBasis", "policyText", "decision", "period"),
)
STATUSES: Final = ("draft", "proposed", "active")
LEVELS_MAX: Final = 2
PERMIT: Final = "permit"
DENY: Final = "deny"
OF_RULE: Final = {"OPTIN": PERMIT, "OPTOUT": DENY}
LABELLING: Final = ("class", "documentType", "resourceType", "code", "securityLabel")
"""Elements that say which data: a provision that has two of them means data that fit both."""
UNDERSTOOD: Final = frozenset({"id", "type", "period", "actor", "action", "purpose", "provision", *LABELLING})
"""Elements of a provision; any other would narrow it in a way that the chain does not know."""
ACTIONS: Final = frozenset({"access", "disclose"})
_DAY: Final = timedelta(days=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_CHARS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class FormProvision:
    """A provision of a form. ``actors``: references, as the form has them."""

    level: int
    decision: str
    actors: tuple[str, ...]
    purposes: tuple[str, ...]
    categories: tuple[str, ...]
    from_ms: int | None
    until_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentForm:
    """A consent as its form says. ``patient``: reference to the patient, empty where there is none;
    ``actors``: references to those who may have the data; times in milliseconds, ``until_ms`` being the first
    moment at which it holds no more.
    """

    release: Release
    patient: str
    decision: str
    actors: tuple[str, ...]
    purposes: tuple[str, ...]
    categories: tuple[str, ...]
    from_ms: int
    until_ms: int | None
    provisions: tuple[FormProvision, ...]


def read_consent(data: bytes, release: Release | None = None, reading: Reading | None = None) -> ConsentForm:
    """Read a form, JSON or XML. ``release``: the only one that is accepted; ``reading``: of the provisions of
    an R5 form. Raises the classes of ``fhir_refusals``, and for XML as ``parse_xml``.
    """
    tree = read_resource(data, "Consent")
    stated = release_of(tree, release)
    status = text(tree, "status", "Consent")
    if status not in STATUSES:
        raise ConsentFormStatus(status=status)
    for name in ("modifierExtension", "implicitRules", "contained"):
        if name in tree:
            raise FhirUnmapped(element=f"Consent.{name}", reason="it may change what the form means")
    return _read_r4(tree) if stated == "R4" else _read_r5(tree, reading)


def release_of(tree: Tree, wanted: Release | None = None) -> Release:
    """Tell the release of a Consent. Raises ``FhirVersionUnclear`` where it is not ``wanted``, or unclear."""
    r4 = next((name for name in R4_ALONE if name in tree), None)
    r5 = next((name for name in R5_ALONE if name in tree), None)
    unclear = FhirVersionUnclear(wanted=wanted, r4=r4, r5=r5)
    if (r4 is None) == (r5 is None):
        raise unclear
    release: Release = "R5" if r4 is None else "R4"
    if wanted not in (None, release):
        raise unclear
    return release


def _read_r4(tree: Tree) -> ConsentForm:
    at = "Consent.provision"
    roots = trees(tree, "provision", "Consent")
    if len(roots) > 1:
        raise FhirUnmapped(element=at, reason="R4 has one")
    root: Tree = roots[0] if roots else {}
    decision = text(root, "type", at)
    if decision is None:
        rules = [code_of(rule, "Consent.policyRule") for rule in trees(tree, "policyRule", "Consent")]
        decision = OF_RULE.get(rules[0]) if rules else None
    if decision not in (PERMIT, DENY):
        raise ConsentFormUndecided(element=f"{at}.type")
    outer = _provision({**root, "type": [decision]}, at, 0, None)
    return ConsentForm(
        release="R4",
        patient=_reference(tree, "patient"),
        decision=decision,
        actors=outer.actors,
        purposes=outer.purposes,
        categories=outer.categories,
        from_ms=outer.from_ms or 0,
        until_ms=outer.until_ms,
        provisions=_nested(root, at, (None, None)),
    )


def _read_r5(tree: Tree, reading: Reading | None) -> ConsentForm:
    decision = text(tree, "decision", "Consent")
    if decision not in (PERMIT, DENY):
        raise ConsentFormUndecided(element="Consent.decision")
    if "provision" in tree and reading is None:
        raise ProvisionsUnclear(decision=decision)
    other = DENY if decision == PERMIT else PERMIT
    typed = (other, decision) if reading == "exceptions" else (decision, decision)
    from_ms, until_ms = _period(tree, "Consent")
    return ConsentForm(
        release="R5",
        patient=_reference(tree, "subject"),
        decision=decision,
        actors=tuple(
            _of_reference(grantee, "Consent.grantee") for grantee in trees(tree, "grantee", "Consent")
        ),
        purposes=(),
        categories=(),
        from_ms=from_ms or 0,
        until_ms=until_ms,
        provisions=_nested(tree, "Consent", typed),
    )


def _nested(tree: Tree, at: str, typed: tuple[str | None, str | None]) -> tuple[FormProvision, ...]:
    """The provisions within a tree, each behind the one that it stands in. ``typed``: decision of each level,
    None where each says its own. Raises ``ProvisionsTooDeep``.
    """
    rows: list[FormProvision] = []
    for outer in trees(tree, "provision", at):
        rows.append(_provision(outer, f"{at}.provision", 1, typed[0]))
        for inner in trees(outer, "provision", f"{at}.provision"):
            if "provision" in inner:
                raise ProvisionsTooDeep(levels_max=LEVELS_MAX)
            rows.append(_provision(inner, f"{at}.provision.provision", 2, typed[1]))
    return tuple(rows)


def _provision(tree: Tree, at: str, level: int, decision: str | None) -> FormProvision:
    """One provision; ``decision``: where the release has no type of its own."""
    for name in sorted(set(tree) - UNDERSTOOD):
        raise FhirUnmapped(element=f"{at}.{name}", reason="it narrows what is meant")
    said = text(tree, "type", at)
    if decision is not None and said is not None:
        raise FhirUnmapped(element=f"{at}.type", reason="R5 has none")
    meant = decision or said
    if meant not in (PERMIT, DENY):
        raise ConsentFormUndecided(element=f"{at}.type")
    actions = [code_of(action, f"{at}.action") for action in trees(tree, "action", at)]
    if actions and ACTIONS.isdisjoint(actions):
        raise FhirUnmapped(element=f"{at}.action", reason="it is not about access")
    labelling = [name for name in LABELLING if name in tree]
    if len(labelling) > 1:
        raise FhirUnmapped(element=f"{at}.{labelling[1]}", reason="data that fit several labels at once")
    from_ms, until_ms = _period(tree, at)
    return FormProvision(
        level=level,
        decision=meant,
        actors=tuple(_actor(actor, f"{at}.actor") for actor in trees(tree, "actor", at)),
        purposes=_codes(tree, "purpose", at),
        categories=tuple(code for name in labelling for code in _codes(tree, name, at)),
        from_ms=from_ms,
        until_ms=until_ms,
    )


def _codes(tree: Tree, name: str, at: str) -> tuple[str, ...]:
    codes = (code_of(concept, f"{at}.{name}") for concept in trees(tree, name, at))
    return tuple(dict.fromkeys(codes))


def _actor(tree: Tree, at: str) -> str:
    references = trees(tree, "reference", at)
    if len(references) != 1:
        raise FhirUnmapped(element=at, reason="a role without a reference")
    return _of_reference(references[0], at)


def _reference(tree: Tree, name: str) -> str:
    references = trees(tree, name, "Consent")
    return _of_reference(references[0], f"Consent.{name}") if references else ""


def _of_reference(tree: Tree, at: str) -> str:
    stated = text(tree, "reference", at)
    if stated is None:
        identifiers = trees(tree, "identifier", at)
        stated = text(identifiers[0], "value", at) if identifiers else None
    if stated is None:
        raise FhirUnmapped(element=at, reason="neither reference nor identifier")
    return stated


def _period(tree: Tree, at: str) -> tuple[int | None, int | None]:
    """Beginning and end in milliseconds; a day is in UTC, and ends with its end."""
    periods: Sequence[Tree] = trees(tree, "period", at)
    if not periods:
        return None, None
    start, end = text(periods[0], "start", f"{at}.period"), text(periods[0], "end", f"{at}.period")
    return (
        None if start is None else _moment(start, f"{at}.period.start", timedelta(0)),
        None if end is None else _moment(end, f"{at}.period.end", _DAY),
    )


def _moment(stated: str, at: str, further: timedelta) -> int:
    """A day, or a time with its zone, as milliseconds; ``further``: added to a day."""
    try:
        if len(stated) == _DAY_CHARS:
            day = date.fromisoformat(stated)
            moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + further
        else:
            moment = datetime.fromisoformat(stated)
        moment_ms = (moment - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, TypeError, OverflowError) as error:
        raise FhirUnmapped(element=at, reason="expected a day, or a time with its zone") from error
    return max(0, moment_ms)
