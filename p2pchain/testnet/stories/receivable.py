"""The life of a receivable: accepted, split, pledged, discounted, paid, and every refusal on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from p2pchain.testnet.stories.story import SAMPLES, Story

DOES: Final = "an invoice is accepted, split, pledged, discounted and paid"

INVOICE: Final = SAMPLES / "invoice-cny.xml"
MEMBERS: Final = ("--as", "bank-a", "--as", "bank-b", "--as", "buyer")


def tell(story: Story) -> None:
    """Run the whole story. Raises ``LaunchFailed("DEMO_FAILED")`` where it goes otherwise."""
    today = datetime.now(tz=UTC).date()
    due, too_late = today + timedelta(days=180), today + timedelta(days=400)
    root = story.launcher.places.root
    story.names |= {"invoice": str(INVOICE), "proof": str(root / "receivable.proof")}
    story.names |= {"statement": str(root / "tier-2.json"), "pledge": str(root / "pledge.json")}
    story.names["genesis"] = str(story.launcher.home("bank-a") / "genesis.json")
    _begin(story, due.isoformat(), too_late.isoformat())
    _move(story)
    _survive(story)
    _settle(story, today.isoformat())


def _begin(story: Story, due: str, too_late: str) -> None:
    story.chapter("Supplier's own supplier joins; three of the four members agree.")
    story.does("bank-a", f"membership admit tier-2 --legal-name Tier-2 --role issuer {' '.join(MEMBERS)}")
    story.does("supplier", "key new tier-2")
    story.does("supplier", "key prove {statement} --account tier-2 --org tier-2")
    story.does("bank-a", f"membership add-account {{statement}} --role issuer {' '.join(MEMBERS)}")
    story.chapter("The supplier sent an invoice over 1,000,000.00 CNY. Bank A registers it.")
    register = "registry register {invoice} --as bank-a"
    story.keeps("document", "bank-a", register, r"^([0-9a-f]+): registered;")
    story.chapter("The buyer says that it owes that in 180 days.")
    amount = "--to supplier --amount 1000000.00 --currency CNY"
    line = f"receivable issue {amount} --due {due} --document {{document}} --as buyer"
    _issues(story, "whole", "buyer", line)
    early = "receivable transfer {whole} --to bank-b --as supplier"
    story.refused("supplier", early, "RCV_NOT_ACCEPTED")
    story.does("buyer", "receivable accept {whole} --as buyer")
    story.refused("buyer", "receivable cancel {whole} --as buyer", "RCV_IRREVOCABLE")
    story.refused("buyer", f"receivable issue {amount} --due {too_late} --as buyer", "RCV_TENOR_EXCEEDED")


def _move(story: Story) -> None:
    story.chapter("The supplier splits it, and pays its own supplier with a part.")
    story.refused("supplier", "receivable split {whole} 600000.00 300000.00 --as supplier", "RCV_SPLIT_SUM")
    split = "receivable split {whole} 600000.00 400000.00 --as supplier"
    _splits(story, "supplier", split, "first", "second")
    story.refused("supplier", "receivable transfer {whole} --to tier-2 --as supplier", "RCV_SPENT")
    story.does("supplier", "receivable transfer {second} --to tier-2 --as supplier")
    story.does("tier-2", "receivable accept-transfer {second} --as tier-2", at="supplier")
    story.chapter("Tier-2 gives its part as security to bank A, which signs that too.")
    pledge = "receivable pledge {second} --to bank-a --as tier-2"
    story.refused("tier-2", pledge, "AUTH_CONTROLLER", at="supplier")
    story.does("tier-2", f"{pledge} --cosigner bank-a --out {{pledge}}", at="supplier")
    story.does("bank-a", "tx sign {pledge} --as bank-a")
    story.does("bank-a", "tx submit {pledge}")
    story.refused(
        "tier-2", "receivable transfer {second} --to bank-b --as tier-2", "ENC_ACTIVE", at="supplier"
    )
    story.refused("tier-2", "receivable unpledge {second} --as tier-2", "AUTH_CONTROLLER", at="supplier")
    story.chapter("Bank A discounts the larger part, without recourse; bank B tries the same invoice.")
    request = "receivable request-finance {first} --by bank-a --price 591000.00 --as supplier"
    story.does("supplier", request)
    story.does("bank-a", "receivable finance {first} --as bank-a")
    story.does("bank-b", "registry register {invoice} --as bank-b")
    story.refused("bank-b", "registry finance {document} --as bank-b", "REG_DUPLICATE_FINANCED")
    story.refused("bank-a", "receivable recourse {first} --as bank-a", "RCV_NO_RECOURSE")


def _survive(story: Story) -> None:
    story.chapter("Bank B's machine dies. Nobody notices.")
    story.launcher.kill("bank-b")
    story.does("bank-a", "receivable unpledge {second} --as bank-a")
    story.does("supplier", "receivable list --debtor buyer --status accepted")


def _settle(story: Story, today: str) -> None:
    story.chapter("180 days are long: two more, due today, go to their end.")
    for name in ("due", "other"):
        line = f"receivable issue --from buyer --amount 250000.00 --currency CNY --due {today} --as supplier"
        _issues(story, name, "supplier", line)
        story.does("buyer", f"receivable accept {{{name}}} --as buyer")
        story.does("supplier", f"receivable present {{{name}}} --as supplier")
    paid = "receivable attest-payment {due} --reference CAMT054-0001 --as bank-a"
    story.does("bank-a", paid)
    story.does("supplier", "receivable confirm {due} --as supplier")
    again = "receivable attest-payment {other} --reference CAMT054-0001 --as buyer"
    story.refused("buyer", again, "PAY_REF_REUSED")
    story.chapter("What became of the part that bank A holds; an auditor, who runs no node, checks it.")
    story.does("bank-a", "receivable history {first}")
    story.does("bank-a", "proof get --receivable {first} --out {proof}")
    story.checks("auditor", "proof verify {proof} --genesis {genesis}")


def _issues(story: Story, name: str, who: str, line: str) -> None:
    """Issue a receivable of ``who`` that is called ``name`` from here on."""
    story.keeps(name, who, line, r"^([0-9a-f]+):")


def _splits(story: Story, who: str, line: str, *parts: str) -> None:
    """Split a receivable of ``who``; its parts get these names, in the order of their amounts."""
    lines = story.does(who, line).out.splitlines()
    made = [row.partition(":")[0] for row in lines if "created as a part" in row]
    story.names.update(zip(parts, made, strict=True))
