"""What a registry command tells: for scripts always the same fields, for people a sentence that names
nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from p2pchain.cli.declarations import declarations
from p2pchain.client.node_client import Fields
from p2pchain.codec.exact_json import named
from p2pchain.model.errors import Fault
from p2pchain.model.transaction import CODE_OK
from p2pchain.presentation.printable import printable

EVENT_FIELDS: Final = (
    "document",
    "state",
    "match",
    "cross_applicant",
    "share",
    "financed_share",
    "remaining_share",
    "reason",
)
"""Fields of the events of ``registry`` that tell of shares, in their order."""
DONE: Final = {
    "registered": "registered",
    "financed": "financed",
    "released": "released",
    "cancelled": "registration cancelled",
    "contested": "contested; whoever claims it has to show it to the auditors in time",
    "disclosed": "disclosed to the auditors",
    "upheld": "the claim is upheld",
    "struck": "the claim is struck",
    "confirmed": "confirmed",
}
CONTEST_EVENTS: Final = ("contested", "disclosed", "upheld", "struck", "confirmed")
"""Events that tell nothing of shares."""
REFUSALS: Final = {
    "AUTH_ROLE": "only organisations with the role {role_needed} may do this",
    "REG_INVOICE_MISMATCH": "the file is another invoice",
    "REG_INVOICE_NEEDED": "an amount needs the invoice, which this home never read",
    "REG_KEY_MISSING": "this home has no key of the financiers",
}
"""Words of refusals that no module declares: of this home, and of the kernel."""
NEXT: Final = {
    "AUTH_ROLE": "sign with an account that holds the role {role_needed}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The answer of one registry command. ``code`` is None where nothing was refused; ``more``: further
    fields of JSON; ``due``: ``due``, ``total`` and ``currency`` of an invoice that is paid in part.
    """

    document: str | None
    state: str | None = None
    match: str | None = None
    cross_applicant: bool = False
    tx_id: str | None = None
    height: int | None = None
    code: str | None = None
    facts: Mapping[str, Any] | None = None
    hint: str = ""
    event: str | None = None
    more: Mapping[str, Any] | None = None
    due: Mapping[str, str] | None = None

    def as_json(self) -> dict[str, Any]:
        """The fields for scripts; ``code`` and ``facts`` on a refusal alone."""
        told: dict[str, Any] = {
            "document": self.document,
            "state": self.state,
            "match": self.match,
            "cross_applicant": self.cross_applicant,
            "tx_id": self.tx_id,
            "height": self.height,
        }
        if self.code is not None:
            told |= {"code": self.code, "facts": dict(self.facts or {})}
        if self.due is not None:
            told["part_due"] = dict(self.due)
        return told | dict(self.more or {})

    def sentences(self) -> Iterator[str]:
        """What happened, for a person; naming nobody."""
        where = f" (height {self.height})" if self.height is not None else ""
        if self.event is None:
            yield f"{self.document}: submitted, not final yet; see: p2pchain tx wait {self.tx_id}"
            return
        yield f"{self.document}: {DONE.get(self.event, self.event)}{where}"
        if self.event == "registered":
            yield from self._about_registered()
        if self.due is not None and self.event in ("registered", "financed"):
            yield "{due} {currency} of {total} is due (BT-115): no more can be financed.".format(**self.due)

    def refusal_line(self) -> str:
        """One line that says why not, and what to do next."""
        assert self.code is not None, "only what was refused"
        facts = self.facts or {}
        declared = None if self.code in REFUSALS else declarations().refusal(self.code)
        if declared is not None:
            why, after = declared.words, self.hint or declared.next_step
        else:
            why = REFUSALS.get(self.code) or self._undeclared()
            after = NEXT.get(self.code, self.hint)
        if self.code == "REG_DUPLICATE_FINANCED" and not self.cross_applicant:
            why = "you finance all of it already"
        if self.code == "AUTH_ROLE":
            role = facts.get("role_needed", "that this needs")
            why, after = why.format(role_needed=role), after.format(role_needed=role)
        line = f"p2pchain: {self.code}: {why}" + (f"; {after}" if after else "")
        return printable(line)

    def _undeclared(self) -> str:
        """The code and its facts as words."""
        words = str(self.code).lower().replace("_", " ")
        facts = ", ".join(f"{name}={value}" for name, value in (self.facts or {}).items())
        return words + (f" ({facts})" if facts else "")

    def _about_registered(self) -> Iterator[str]:
        if self.state == "financed":
            by_another = self.cross_applicant
            yield "This invoice is already financed." if by_another else "You finance this invoice already."
        elif self.state == "released":
            yield "This invoice was financed and repaid: it is closed for ever."
        elif self.cross_applicant:
            yield "This invoice is offered elsewhere, too; nobody finances it yet."
        if self.match == "similar":
            yield (
                "Another document has a name in common with this invoice, or one corrects the other. "
                f"See: p2pchain registry check {self.document}"
            )


def of_transaction(document: str, committed: Fields) -> Outcome:
    """The outcome of a final transaction with one registry operation, from its receipt."""
    tx_id, height, code = str(committed["tx_id"]), int(committed["height"]), str(committed["code"])
    if code == CODE_OK:
        for event in committed["events"]:
            if event["module"] == "registry" and event["name"] in CONTEST_EVENTS:
                return Outcome(document=document, tx_id=tx_id, height=height, event=str(event["name"]))
            if event["module"] == "registry" and event["name"] in DONE:
                told = named(EVENT_FIELDS, event["fields"])
                return Outcome(
                    document=document,
                    state=told["state"],
                    match=told["match"],
                    cross_applicant=bool(told["cross_applicant"]),
                    tx_id=tx_id,
                    height=height,
                    event=str(event["name"]),
                    more={name: told[name] for name in EVENT_FIELDS[4:]},
                )
    return refused(document, code, committed["facts"], tx_id=tx_id, height=height)


def of_fault(document: str | None, fault: Fault) -> Outcome:
    """The outcome of a command that was refused before anything came into a block."""
    return refused(document, fault.code, fault.facts, hint=fault.hint)


def refused(
    document: str | None,
    code: str,
    facts: Mapping[str, Any],
    *,
    tx_id: str | None = None,
    height: int | None = None,
    hint: str = "",
) -> Outcome:
    """A refusal with what its facts say about the document."""
    return Outcome(
        document=document,
        state=facts.get("state"),
        match=facts.get("match"),
        cross_applicant=bool(facts.get("cross_applicant", False)),
        tx_id=tx_id,
        height=height,
        code=code,
        facts=facts,
        hint=hint,
    )
