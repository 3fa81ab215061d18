"""A flat is offered, seized, freed, sold and conveyed: the listing follows its title in the same block."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from p2pchain.testnet.plan import NetworkMember
from p2pchain.testnet.stories.story import SAMPLES, Story

DOES: Final = "a flat is offered, seized, freed, sold; its listing follows the title in the same block"

CAST: Final = (
    NetworkMember(name="bureau", legal_name="Bureau of Real Property", roles=("admin", "registrar")),
    NetworkMember(name="court", legal_name="District Court", roles=("admin", "court")),
    NetworkMember(name="agent-a", legal_name="Agency A GmbH", roles=("admin", "agent")),
    NetworkMember(name="agent-b", legal_name="Agency B GmbH", roles=("admin", "agent")),
)
MEMBERS: Final = "--as bureau --as court --as agent-a"
UNIT: Final = "310115001001GB00012F00030501"
DISTRICT: Final = UNIT[:6]


def tell(story: Story) -> None:
    """Run the whole story. Raises ``LaunchFailed("DEMO_FAILED")`` where it goes otherwise."""
    today = datetime.now(tz=UTC).date()
    root = story.launcher.places.root
    story.names |= {"unit": UNIT, "district": DISTRICT, "today": today.isoformat()}
    story.names |= {"soon": (today + timedelta(days=60)).isoformat()}
    story.names |= {"late": (today + timedelta(days=180)).isoformat()}
    story.names |= {"seller": str(SAMPLES / "title-owners.json"), "buyer": str(SAMPLES / "title-buyer.json")}
    story.names |= {"reso": str(root / "flat-501.json"), "deed": str(SAMPLES / "listing-reso.json")}
    story.names |= {"opened": str(root / "owners-opened.json"), "ready": str(root / "buyer-opened.json")}
    story.names |= {"again": str(root / "not-opened.json"), "free": str(root / "no-seizure.proof")}
    story.names["genesis"] = str(story.launcher.home("bureau") / "genesis.json")
    _write_listing(story)
    _register(story)
    _seize(story)
    _sell(story)
    _prove(story)


def _write_listing(story: Story) -> None:
    """Export the agent's listing, whose last day has to lie ahead of today."""
    sample = (SAMPLES / "listing-reso.json").read_text("utf-8")
    with open(story.names["reso"], "w", encoding="utf-8") as exported:
        exported.write(sample.replace("2027-03-16", story.names["soon"]))


def _register(story: Story) -> None:
    story.chapter("The members give the bureau the register of Pudong; it licenses two agents.")
    story.does("bureau", f"title assign {{district}} --to bureau {MEMBERS}")
    for agent in ("agent-a", "agent-b"):
        story.does("bureau", f"listing license {{district}} --agent {agent} --until {{late}} --as bureau")
    story.chapter("A flat of two owners enters the register; the chain learns no name.")
    files = "--owners {seller} --source {deed} --openings {opened}"
    story.does("bureau", f"title register {{unit}} {files} --as bureau")
    story.does("bureau", "title owner {opened}")
    wrong = "title register 990115001001GB00012F00030501 --owners {seller} --source {deed} --openings {again}"
    story.refused("bureau", f"{wrong} --as bureau", "TTL_CODE")
    story.chapter("Agent A offers it. Nobody asked it to: the owners say at the counter whom they authorise.")
    offer = "listing offer {reso} --currency CNY --revision 1"
    story.refused("agent-a", f"{offer} --as agent-a", "LST_MANDATE")
    for agent in ("agent-a", "agent-b"):
        mandate = f"--agent {agent} --until {{late}} --source {{deed}}"
        story.does("bureau", f"listing authorise {{unit}} {mandate} --as bureau")
    pattern = r"^([0-9a-f]{32}): .* listed"
    story.keeps("listing", "agent-a", f"{offer} --as agent-a", pattern)
    story.keeps("other", "agent-b", f"{offer} --as agent-b", pattern)
    story.chapter("A buyer scans the QR in the window of agent A.")
    story.keeps("qr", "agent-a", "listing qr {listing}", r"(p2pchain:listing:[^\s\"]+)")
    story.keeps("finding", "agent-b", "listing check {qr}", r"(verified, no mortgage or seizure as of now)")


def _seize(story: Story) -> None:
    story.chapter("The court seizes the flat: both listings are suspended in that very block.")
    seize = "title record {unit} --kind seizure --from {today} --source {deed} --as court"
    story.keeps("suspended", "court", seize, r"^([0-9a-f]{32}): .*suspended by a change on record by court")
    story.keeps("finding", "agent-b", "listing check {qr}", r"(not verified: the home is seized)")
    story.refused("agent-a", "listing reprice {listing} --price 5200000 --as agent-a", "LST_SUSPENDED")
    story.refused("agent-a", "listing renew {listing} --revision 2 --until {soon} --as agent-a", "TTL_SEIZED")
    lift = "title discharge {unit} --kind seizure --right 1 --source {deed}"
    story.refused("bureau", f"{lift} --as bureau", "AUTH_CONTROLLER")
    story.chapter("Agent B's machine dies. The court lifts the seizure; agent A looks and renews.")
    story.launcher.kill("agent-b")
    story.does("court", f"{lift} --as court")
    story.refused("agent-a", "listing renew {listing} --revision 2 --until {soon} --as agent-a", "LST_STALE")
    story.does("agent-a", "listing renew {listing} --revision 3 --until {soon} --as agent-a")
    story.launcher.restart("agent-b")
    story.launcher.wait_for_height(story.launcher.height("bureau"), names=("agent-b",))


def _sell(story: Story) -> None:
    story.chapter("The buyer signs with agent A. Agent B, an hour later, finds that sale.")
    story.keeps("person", "bureau", "title commit {buyer} --openings {ready}", r"^([0-9a-f]{64})")
    day = "--until {soon} --revision 3"
    sale = f"--buyer {{person}} --price 5250000 --contract {{deed}} {day}"
    story.does("agent-a", f"listing sign-sale {{listing}} {sale} --as agent-a")
    story.refused("agent-b", f"listing renew {{other}} {day} --as agent-b", "TTL_PENDING_SALE")
    mortgage = "--kind mortgage --org court --rank 1 --amount 1 --currency CNY --from {today} --source {deed}"
    story.refused("bureau", f"title record {{unit}} {mortgage} --as bureau", "TTL_PENDING_SALE")
    story.chapter("Both owners convey their shares. The second fulfils the sale; the listing is closed.")
    shown = story.does("bureau", "title show {unit} --json").out
    for number, owner in enumerate(re.findall(r'"owner": ?"([0-9a-f]{64})"', shown)):
        story.names |= {"owner": owner, "bought": f"{story.names['ready']}.{number}"}
        files = "--owners {ready} --source {deed} --openings {bought}"
        transfer = f"title transfer {{unit}} --revision {3 + number} --from {{owner}} {files}"
        story.does("bureau", f"{transfer} --as bureau")
    story.does("agent-a", "listing close {listing} --as agent-a")
    story.does("bureau", "title owner {bought}")
    story.does("bureau", "title owner {opened}")
    story.does("bureau", "title history {unit}")


def _prove(story: Story) -> None:
    story.chapter("The buyer's bank, which runs no node, checks that no seizure and no mortgage stand.")
    keys = "title/seizure/{unit} title/mortgage/{unit} title/unit/{unit}"
    story.does("bureau", f"proof get {keys} --out {{free}}")
    story.checks("bank", "proof verify {free} --genesis {genesis}")
