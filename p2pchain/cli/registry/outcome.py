"""What a registry command tells: for scripts always the same fields, for people a sentence that names
nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

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
    "REG_CANCELLED": "the document is cancelled",
    "REG_CONFIRMED": "you have confirmed it already, or as many have as may",
    "REG_CONTESTED": "the claim is contested already, or was upheld",
    "REG_DECLARED_OTHERWISE": "the names and content given are not those of the document",
    "REG_DISCLOSED": "you have disclosed it already",
    "REG_EXCEEDS_FINANCED": "that is more than you finance of it",
    "REG_EXCEEDS_TOTAL": "that is more than is left of the total",
    "REG_FINANCED": "the document is financed, so its registration stays",
    "REG_INVOICE_MISMATCH": "the file is another invoice",
    "REG_INVOICE_NEEDED": "an amount needs the invoice, which this home never read",
    "REG_KEY_EPOCH": "this epoch of the financiers' key can be neither opened nor ended now",
    "REG_KEY_EPOCHS": "a document is named under each key that lives",
    "REG_KEY_MISSING": "this home has no key of the financiers",
    "REG_KEY_NEEDED": "financed documents are known under the older key alone",
    "REG_KEY_UNKNOWN": "the chain knows no key of the financiers yet",
    "REG_NOT_BLOCKED": "the claim is on another invoice and keeps you from nothing",
    "REG_NOT_CLAIMED": "nobody else claims the document",
    "REG_NOT_CONTESTED": "nobody contests the claim now",
    "REG_NOT_DISCLOSED": "the claimant has disclosed nothing yet",
    "REG_NOT_FINANCED": "nobody finances the document",
    "REG_NOT_HOLDER": "you do not finance the document",
    "REG_NOT_REGISTERED": "you have not registered the document",
    "REG_REPAID": "already financed, and repaid: it is closed for ever",
    "REG_NOT_SEALED": "no payload of yours under this root is sealed for an auditor",
    "REG_SHARE_TOO_SMALL": "that is less than the least share",
    "REG_SIMILAR_UNACKNOWLEDGED": "another document has a name in common, or one corrects the other",
    "REG_STRUCK": "a claim of yours on this invoice was struck",
    "REG_TOO_MANY_CLAIMS": "you finance too many invoices of this seller, number, date and total",
    "REG_UNKNOWN_DOCUMENT": "no such document is registered",
    "REG_WRONG_KEY": "the financiers' key of this home is not the one of the chain",
}
NEXT: Final = {
    "AUTH_ROLE": "sign with an account that holds the role {role_needed}",
    "REG_KEY_EPOCH": "see: p2pchain registry key",
    "REG_KEY_NEEDED": "let whoever finances them register them again: p2pchain registry register FILE",
    "REG_NOT_REGISTERED": "register it first: p2pchain registry register FILE",
    "REG_NOT_SEALED": "seal the invoice to the auditors first: p2pchain private put",
    "REG_SHARE_TOO_SMALL": "see: p2pchain registry terms",
    "REG_SIMILAR_UNACKNOWLEDGED": "see: p2pchain registry check DOC; then finance with --acknowledge-similar",
    "REG_UNKNOWN_DOCUMENT": "register it first: p2pchain registry register FILE",
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
        why = REFUSALS.get(self.code, self.code.lower().replace("_", " "))
        if self.code == "REG_DUPLICATE_FINANCED":
            why = "already financed" if self.cross_applicant else "you finance all of it already"
        elif self.code not in REFUSALS:
            told = ", ".join(f"{name}={value}" for name, value in facts.items())
            why += f" ({told})" if told else ""
        after = NEXT.get(self.code, self.hint)
        if self.code == "AUTH_ROLE":
            role = facts.get("role_needed", "that this needs")
            why, after = why.format(role_needed=role), after.format(role_needed=role)
        line = f"p2pchain: {self.code}: {why}" + (f"; {after}" if after else "")
        return printable(line)

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
