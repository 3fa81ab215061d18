"""Goods on their way: a plant's file of events, a pallet from hand to hand, flour that is made, a recall."""

from __future__ import annotations

from typing import Final

from p2pchain.testnet.plan import NetworkMember
from p2pchain.testnet.stories.story import SAMPLES, Story

DOES: Final = "goods go from hand to hand, flour is made of them, and a recall stops it"

CAST: Final = (
    NetworkMember(name="farm", legal_name="Farm eG", roles=("admin", "tracer")),
    NetworkMember(name="mill", legal_name="Mill AG", roles=("admin", "tracer")),
    NetworkMember(name="shop", legal_name="Shop GmbH", roles=("admin", "tracer")),
    NetworkMember(name="agency", legal_name="Agency for Food", roles=("admin", "authority", "certifier")),
)
PREFIXES: Final = {"farm": "4012345", "mill": "4099999", "shop": "4088888"}
PALLET: Final = "urn:epc:id:sscc:4012345.0000000111"
PACKAGE: Final = "urn:epc:id:sgtin:4012345.011122.7001"
GRAIN: Final = "urn:epc:class:lgtin:4012345.012345.A8"
FLOUR: Final = "urn:epc:class:lgtin:4099999.012345.F1"


def tell(story: Story) -> None:
    """Run the whole story. Raises ``LaunchFailed("DEMO_FAILED")`` where it goes otherwise."""
    story.names |= {"events": str(SAMPLES / "trace-plant.jsonld"), "xml": str(SAMPLES / "trace-plant.xml")}
    story.names |= {"proof": str(story.launcher.places.root / "flour.proof")}
    story.names["genesis"] = str(story.launcher.home("farm") / "genesis.json")
    _capture(story)
    _hand_over(story)
    _make(story)
    _recall(story)
    _prove(story)


def _capture(story: Story) -> None:
    story.chapter("An agency says who speaks for which company prefix.")
    for org, prefix in PREFIXES.items():
        story.does("agency", f"trace set-prefix {prefix} --org {org} --as agency")
    story.chapter("The farm's system drops a file of events: three packages, a pallet, packed and shipped.")
    story.checks("farm", "trace events {events}")
    story.does("farm", "trace capture {events} --as farm")
    story.chapter("The same events in XML have the same hashes: they are captured already.")
    story.refused("farm", "trace capture {xml} --root-only --as farm", "TRC_DUPLICATE")


def _hand_over(story: Story) -> None:
    story.chapter("The pallet arrives at the mill. What is on it is the mill's from that block on.")
    story.refused("shop", f"trace receive {PALLET} --as shop", "TRC_NOT_CONSIGNEE")
    story.does("mill", f"trace receive {PALLET} --as mill")
    story.does("shop", f"trace where {PACKAGE}")
    story.refused("mill", f"trace ship {PACKAGE} --to shop --as mill", "TRC_PACKED")
    story.refused("farm", f"trace ship {PALLET} --to shop --as farm", "TRC_NOT_CUSTODIAN")


def _make(story: Story) -> None:
    story.chapter("The farm sells 1,000 kg of certified grain; the mill makes 900 kg of flour of it, once.")
    heap = f"trace bring-in {GRAIN} --lot {GRAIN} --quantity 1000 --unit KGM --as farm"
    story.does("farm", heap)
    story.does("agency", f"trace certify {GRAIN} --as agency")
    story.does("farm", f"trace ship {GRAIN} --to mill --as farm")
    story.does("mill", f"trace receive {GRAIN} --as mill")
    made = f"trace transform --input {GRAIN} --lot {FLOUR} --claim agency --as mill"
    story.refused("mill", f"{made} --certified-output {FLOUR}=1000.001", "TRC_MASS_BALANCE")
    story.does("mill", f"{made} --certified-output {FLOUR}=900")
    story.refused("mill", f"{made} --certified-output {FLOUR}#2=100", "TRC_DESTROYED")
    story.does("mill", f"trace ship {FLOUR} --to shop --as mill")
    story.does("shop", f"trace receive {FLOUR} --as shop")


def _recall(story: Story) -> None:
    story.chapter("The mill's machine dies. The farm stops the grain, and sees who holds it.")
    story.launcher.kill("mill")
    story.does("farm", f"trace recall {GRAIN} --reason ergot --who-holds --as farm")
    story.chapter("The flour was made of it: nothing of it leaves the shop. The mill's machine is back.")
    story.refused("shop", f"trace ship {FLOUR} --to farm --as shop", "TRC_RECALLED")
    story.launcher.restart("mill")
    story.launcher.wait_for_height(story.launcher.height("farm"), names=("mill",))
    story.does("mill", f"trace lot {FLOUR}")
    story.does("mill", f"trace history {FLOUR}")
    story.refused("mill", f"trace recall {GRAIN} --reason rumour --as mill", "TRC_LOT_FOREIGN")


def _prove(story: Story) -> None:
    story.chapter("Where the flour is, and that it is recalled, shown to somebody who runs no node.")
    key = r'"state_key": *"([0-9a-f]+)"'
    story.keeps("where", "shop", f"trace where {FLOUR} --json", key)
    story.keeps("lot", "shop", f"trace lot {GRAIN} --json", r'"recall_key": *"([0-9a-f]+)"')
    story.does("shop", "proof get --hex {where} {lot} --out {proof}")
    story.checks("auditor", "proof verify {proof} --genesis {genesis}")
    story.chapter("The alarm was false: the farm lifts the recall, and declares the error in its event.")
    story.does("farm", f"trace lift {GRAIN} --as farm")
    story.does("shop", f"trace ship {FLOUR} --to mill --as shop")
    error = "trace declare-error {events} 5 --reason incorrect_data"
    story.refused("mill", f"{error} --captured-by farm --as mill", "TRC_ERROR_FOREIGN")
    story.does("farm", f"{error} --as farm")
