"""The power of an hour: issued once, sold, used up with the consumption of that hour, proven offline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from p2pchain.testnet.plan import NetworkMember
from p2pchain.testnet.stories.story import Story

DOES: Final = "the power of an hour is issued once, sold, and used up with consumption of that hour"

CAST: Final = (
    NetworkMember(name="body-a", legal_name="Issuing Body A", roles=("admin", "issuing-body")),
    NetworkMember(name="body-b", legal_name="Issuing Body B", roles=("admin", "issuing-body")),
    NetworkMember(name="office", legal_name="Office AG", roles=("admin",)),
    NetworkMember(name="wind", legal_name="Wind Farm ApS", roles=("admin",)),
)
METER: Final = "571313180000000012"
STATEMENT: Final = '{"beneficiary": "Office AG, Zurich", "purpose": "report of the year", "year": "2026"}'


def tell(story: Story) -> None:
    """Run the whole story. Raises ``LaunchFailed("DEMO_FAILED")`` where it goes otherwise."""
    root = story.launcher.places.root
    names = ("farm", "house", "again", "twice", "statement", "openings", "proof", "device", "home", "claim")
    story.names |= {name: str(root / f"certificate-{name}") for name in names}
    story.names |= {"meter": METER, "genesis": str(story.launcher.home("body-a") / "genesis.json")}
    noon = datetime.now(tz=UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
    _write_files(story, noon)
    _register(story)
    _issue(story)
    _trade(story)
    _use_up(story)


def _write_files(story: Story, noon: datetime) -> None:
    """Export what the meters counted yesterday."""
    hours = [f"{(noon + timedelta(hours=at)).isoformat()}/PT1H" for at in range(2)]
    rows = {
        "farm": (f"{hours[0]},2400", f"{hours[1]},1800.5"),
        "house": (f"{hours[0]},1000",),
        "again": (f"{hours[0]},2400",),
        "twice": (f"{hours[0]},2400", f"{hours[0]},2400"),
    }
    for name, lines in rows.items():
        Path(story.names[name]).write_text("\n".join(("interval,kwh", *lines, "")), "utf-8")
    Path(story.names["statement"]).write_text(STATEMENT, "utf-8")


def _register(story: Story) -> None:
    story.chapter("Two issuing bodies register the metering point of one wind farm; its owner signs, too.")
    facts = "--kind production --owner wind --capacity 4000000 --area DK1 --technology T020000"
    line = f"certificate register-device {{meter}} {facts} --utc-offset 60 --standard"
    signed = "--cosigner wind --out"
    story.refused("body-a", f"{line} energytag --as body-a", "CRT_NOT_OWNER")
    for body, standard, file in (("body-a", "energytag", "device"), ("body-b", "eecs", "home")):
        story.does(body, f"{line} {standard} --as {body} {signed} {{{file}}}")
        story.does("wind", f"tx sign {{{file}}} --as wind")
        story.keeps("point", body, f"tx submit {{{file}}}", r"([0-9a-f]{64}): [0-9]+ of wind")
    house = "--kind consumption --owner office --capacity 4000000 --area DK1 --technology none"
    meter = f"certificate register-device CH-OFFICE-7 {house} --standard energytag --as body-a"
    story.does("body-a", f"{meter} --cosigner office --out {{claim}}")
    story.does("office", "tx sign {claim} --as office")
    story.keeps("used", "body-a", "tx submit {claim}", r"([0-9a-f]{64}): [A-Z0-9]+ of office")


def _issue(story: Story) -> None:
    story.chapter("The meter counted; body A issues a certificate for each hour.")
    issue = "certificate issue {point} --readings"
    story.refused("body-a", f"{issue} {{twice}} --as body-a", "METER_DUPLICATE")
    story.keeps("made", "body-a", f"{issue} {{farm}} --as body-a", r"^([0-9a-f]{64}): 2400000 Wh")
    story.chapter("Body B is asked for the same hour. It cannot see the books of body A, and need not.")
    story.refused("body-b", f"{issue} {{again}} --as body-b", "CRT_PERIOD_ISSUED")
    used = "certificate issue {used} --readings {house} --as body-a"
    story.keeps("drawn", "body-a", used, r"^([0-9a-f]{64}): 1000000 Wh")


def _trade(story: Story) -> None:
    story.chapter(
        "The machine of body B dies. The farm splits its certificate and sells a part all the same."
    )
    story.launcher.kill("body-b")
    lines = story.does("wind", "certificate split {made} 1000000 1400000 --as wind").out.splitlines()
    parts = [line.partition(":")[0] for line in lines if "created as a part" in line]
    story.names.update(zip(("sold", "kept"), parts, strict=True))
    story.does("wind", "certificate offer {sold} --to office --as wind")
    story.does("office", "certificate accept {sold} --as office")
    story.refused("wind", "certificate offer {sold} --to body-a --as wind", "CRT_NOT_OWNER")
    story.launcher.restart("body-b")


def _use_up(story: Story) -> None:
    story.chapter("The office uses it up with its own consumption of that hour: once.")
    claim = "certificate claim {sold} {drawn} --as office"
    story.does("office", claim)
    story.refused("office", claim, "CRT_CANCELLED")
    story.chapter("The farm cancels the rest for a customer, who is named in a statement that it keeps.")
    files = "--statement {statement} --openings {openings}"
    story.does("wind", f"certificate cancel {{kept}} {files} --as wind")
    story.does("wind", "certificate statement {openings}")
    story.does("wind", "certificate show-issue {made}")
    story.chapter("An auditor, who runs no node, checks what became of it.")
    story.keeps("key", "wind", "certificate key {kept}", r"^([0-9a-f]+)$")
    story.does("wind", "proof get --hex {key} --out {proof}")
    story.checks("auditor", "proof verify {proof} --genesis {genesis}")
