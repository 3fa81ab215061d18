"""The work behind the commands of ``receivable``: who asks, which one is meant, and what came of it."""

from __future__ import annotations

import re
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import click

from p2pchain.business.receivable.refusals import ReceivableUnknown
from p2pchain.cli.exits import FAILED, one_line
from p2pchain.cli.screen import show_json
from p2pchain.cli.submission import SubmitOptions, submitting_as
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.client.receivable import EVENT_FIELDS, MODULE, grouped, note_words
from p2pchain.codec.exact_json import named
from p2pchain.codec.receivable_ids import ID_BYTES, issued_id
from p2pchain.model.errors import Refused
from p2pchain.model.ids import PublicKey
from p2pchain.model.transaction import CODE_OK, Operation

PREFIX_CHARS_MIN: Final = 4
_HEX: Final = re.compile(rf"[0-9a-f]{{{PREFIX_CHARS_MIN},{2 * ID_BYTES}}}")
DONE: Final = {
    "issued": "issued; the debtor has to accept it",
    "accepted": "accepted, for good",
    "rejected": "rejected",
    "cancelled": "cancelled",
    "guaranteed": "guaranteed",
    "offered": "offered; the other has to accept it",
    "transferred": "taken over",
    "declined": "declined",
    "withdrawn": "offer withdrawn",
    "split": "split",
    "pledged": "pledged",
    "unpledged": "pledge released",
    "finance_requested": "financing requested",
    "financed": "financed",
    "policy_set": "policy of its holder set",
    "presented": "presented for payment",
    "payment_attested": "payment attested; who gets the money has to confirm it",
    "payment_denied": "payment denied",
    "settled": "settled",
    "defaulted": "defaulted",
    "recourse_taken": "recourse taken",
    "recourse_waived": "claim let go of; the next recourse goes to the one before",
    "recourse_paid": "paid in recourse; whoever paid holds it now",
    "set_off": "set off",
    "offset_proposed": "offset proposed; the other holder has to say the same",
}
"""What each event means to a person."""
Prepare = Callable[["Desk"], Awaitable[Operation]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One account at work. ``account``: whoever signs."""

    client: NodeClient
    account: PublicKey

    async def own_org(self) -> str:
        """The organisation of the account. ``NodeRefused("ACCOUNT_UNKNOWN")``."""
        found = await self.client.query("membership", "account", {"public_key": self.account})
        return str(found["org"])

    async def named(self, operation: Operation) -> bytes | None:
        """The receivable that an operation of this account is about; None where it is about none."""
        first = operation.args[0]
        if not isinstance(first, bytes):
            return None
        return issued_id(await self.own_org(), first) if operation.action == "issue" else first

    async def resolve(self, given: str) -> bytes:
        """The receivable that ``given`` names: its id in hexadecimal, or the first digits of it.

        Raises ``Refused``: ``RCV_UNKNOWN``, ``RCV_AMBIGUOUS``.
        """
        return await resolve(self.client, given)

    async def shown(self, given: str) -> tuple[bytes, Fields]:
        """The same with what the chain tells of it."""
        receivable = await self.resolve(given)
        return receivable, await self.client.query(MODULE, "show", {"receivable": receivable})


async def resolve(client: NodeClient, given: str) -> bytes:
    """See ``Desk.resolve``."""
    prefix = given.lower()
    if _HEX.fullmatch(prefix) is None:
        raise click.UsageError(f"{given!r} is no receivable: give {PREFIX_CHARS_MIN} or more hex digits")
    if len(prefix) == 2 * ID_BYTES:
        return bytes.fromhex(prefix)
    before = int(prefix.ljust(2 * ID_BYTES, "0"), 16) - 1  # They are listed in order, so ask from there.
    after = None if before < 0 else before.to_bytes(ID_BYTES, "big")
    page = await client.query(MODULE, "list", {"after": after, "limit": 2})
    found = [each["receivable"] for each in page["receivables"] if each["receivable"].startswith(prefix)]
    if not found:
        raise ReceivableUnknown({"receivable": given})
    if len(found) > 1:
        facts = {"receivable": given, "first": found[0], "second": found[1]}
        raise Refused("RCV_AMBIGUOUS", facts, "give more of its digits")
    return bytes.fromhex(found[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission(SubmitOptions):
    """How a command signs and waits."""

    def perform(self, prepare: Prepare) -> int:
        """Prepare, sign, submit, tell; the exit code is 1 where the chain refused it."""
        signer = self.open_key()

        async def performed(client: NodeClient) -> Fields:
            desk = Desk(client=client, account=signer.public_key)
            operation = await prepare(desk)
            named = await desk.named(operation)
            done = await self.send(client, (operation,), signer)
            receivable = None if named is None else named.hex()
            return {"receivable": receivable, "tx_id": done.tx_id.hex(), **(done.committed or {})}

        return self._tell(self.session.ask(performed))

    def _tell(self, answer: Fields) -> int:
        told = outcome(answer)
        if self.as_json:
            show_json(told)
        elif told["code"] is None:
            print("\n".join(sentences(told)))
        else:
            print(refusal(told), file=sys.stderr)
        return 0 if told["code"] is None else FAILED


def outcome(answer: Fields) -> dict[str, Any]:
    """The fields for scripts; ``code`` and ``facts`` are null where nothing was refused."""
    code = answer.get("code")
    told: dict[str, Any] = {
        "receivable": answer["receivable"],
        "tx_id": answer["tx_id"],
        "height": answer.get("height"),
        "code": None if code == CODE_OK else code,
        "facts": None if code in (CODE_OK, None) else answer["facts"],
        "events": [],
    }
    for event in answer.get("events", ()):
        if event["module"] == MODULE:
            fields = named(EVENT_FIELDS, event["fields"])
            told["events"].append({"event": event["name"], **fields})
    return told


def sentences(told: Mapping[str, Any]) -> list[str]:
    """What happened, a line for each receivable."""
    if told["height"] is None:
        return [f"{told['receivable']}: submitted, not final yet; see: p2pchain tx wait {told['tx_id']}"]
    return [_sentence(event, told["height"]) for event in told["events"]]


def refusal(told: Mapping[str, Any]) -> str:
    """One line that says why not."""
    return one_line(Refused(str(told["code"]), told["facts"] or {}))


def _sentence(event: Mapping[str, Any], height: int) -> str:
    name = str(event["event"])
    if name == "offset_proposed":
        return f"{event['receivable']}: {DONE[name]} (height {height})"
    if name == "limits_set":
        return f"limits of tenor set (height {height})"
    amount = f"{grouped(event['amount_minor'], event['currency'])} {event['currency']}"
    if name == "part_made":
        return f"  part {event['receivable']}: {amount}, held by {event['holder']}"
    words = note_words(name, event["note"], event["currency"])
    note = f", {words}" if words else ""
    told = f"{amount}, held by {event['holder']}{note}; height {height}"
    return f"{event['receivable']}: {DONE.get(name, name)} ({told})"


submitting = submitting_as(Submission)
"""Options of every command that submits; the command gets them as one ``Submission``."""
