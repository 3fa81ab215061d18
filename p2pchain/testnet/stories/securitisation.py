"""The life of a deal: loans that are taken elsewhere, a sealed pool, tranches, a statement with proof."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from p2pchain.testnet.plan import NetworkMember
from p2pchain.testnet.stories.story import SAMPLES, Story

DOES: Final = "loans are pooled once, a waterfall pays, an investor proves its statement"

CAST: Final = (
    NetworkMember(name="bank-a", legal_name="Bank A AG", roles=("admin", "financier", "originator")),
    NetworkMember(name="bank-b", legal_name="Bank B AG", roles=("admin", "financier", "originator")),
    NetworkMember(name="servicer", legal_name="Servicer GmbH", roles=("admin", "financier", "servicer")),
    NetworkMember(name="trustee", legal_name="Trustee S.A.", roles=("admin", "financier", "trustee")),
)
PERIOD_DAYS: Final = 30
SKIPPED: Final = "--skip 5 --skip 31"
POOL: Final = r"^pool ([0-9a-f]+):"


def tell(story: Story) -> None:
    """Run the whole story. Raises ``LaunchFailed("DEMO_FAILED")`` where it goes otherwise."""
    today = datetime.now(tz=UTC).date()
    root = story.launcher.places.root
    for name in ("loans", "rival", "period-1"):
        story.names[name] = str(SAMPLES / f"securitisation-{name}.csv")
    story.names |= {"proof": str(root / "statement.proof"), "both": str(root / "repurchase.json")}
    story.names["genesis"] = str(story.launcher.home("bank-a") / "genesis.json")
    _pool(story)
    _issue(story, (today - timedelta(days=PERIOD_DAYS)).isoformat())
    _pay(story, today.isoformat())
    _prove(story)


def _pool(story: Story) -> None:
    story.chapter("Bank B has pooled one of bank A's loans, and one of its cars under a new contract number.")
    parties = "--servicer servicer --trustee trustee --currency EUR"
    story.keeps("rivals", "bank-b", f'securitisation create "Rival 1" {parties} --as bank-b', POOL)
    story.does("bank-b", "securitisation add {rivals} --file {rival} --as bank-b")
    story.chapter("Bank A's desk asks about its 31 loans, and is told which two are encumbered, not by whom.")
    story.does("bank-a", "securitisation check {loans} --currency EUR")
    create = f'securitisation create "Autos 1" {parties} --arrears 30 --as bank-a'
    story.keeps("pool", "bank-a", create, POOL)
    everything = "securitisation add {pool} --file {loans} --as bank-a"
    story.refused("bank-a", everything, "SEC_ASSET_TAKEN")
    story.does("bank-a", f"securitisation add {{pool}} --file {{loans}} {SKIPPED} --as bank-a")
    story.chapter("It seals the pool; the trustee accepts what its own copy of the file says.")
    sealed = "securitisation seal {pool} --file {loans} --as bank-a"
    story.refused("bank-a", sealed, "SEC_COUNT_MISMATCH")
    story.does("bank-a", f"{sealed} {SKIPPED}")
    story.does("trustee", f"securitisation accept {{pool}} --file {{loans}} {SKIPPED} --as trustee")


def _issue(story: Story, begin: str) -> None:
    story.chapter("Three tranches, principal one after the other; bank B buys a part of the first.")
    tranches = "--tranche A --tranche B --tranche C --amount {} --amount 150000.00 --amount 60000.00"
    terms = f"--rate 3.6 --rate 6 --rate 0 --from-day {begin} --reserve-rate 1 --loss-trigger 5 --as bank-a"
    line = f"securitisation issue {{pool}} {tranches} {terms}"
    story.refused("bank-a", line.replace("{}", "600000.00"), "SEC_OVERSOLD")
    story.does("bank-a", line.replace("{}", "500000.00"))
    sale = "securitisation transfer-units {pool} A --to bank-b --amount 200000.00 --as bank-a"
    story.does("bank-a", sale)


def _pay(story: Story, today: str) -> None:
    story.chapter("A month on: the servicer reports, and bank B's machine dies. Nobody notices.")
    story.launcher.kill("bank-b")
    cash = "--interest 4000.00 --principal"
    line = f"securitisation report {{pool}} 1 --file {{period-1}} --end {today} {cash}"
    story.refused("servicer", f"{line} 14499.00 --as servicer", "SEC_CONSERVATION")
    story.does("servicer", f"{line} 14500.00 --as servicer")
    story.refused("trustee", "securitisation distribute {pool} --as trustee", "SEC_NOT_VERIFIED")
    verify = "securitisation verify {pool} 1 --file {period-1} --as trustee --collected"
    story.refused("trustee", f"{verify} 18400.00", "SEC_REPORT_OTHER")
    story.does("trustee", f"{verify} 18500.00")
    story.does("trustee", "securitisation distribute {pool} --as trustee")
    story.chapter("Bank A buys a loan back that it should not have sold; the trustee signs that too.")
    back = "securitisation repurchase {pool} --file {loans} --rows 1 --balance 18863.01 --price 18863.01"
    story.refused("bank-a", f"{back} --as bank-a", "AUTH_CONTROLLER")
    story.does("bank-a", f"{back} --as bank-a --cosigner trustee --out {{both}}")
    story.does("trustee", "tx sign {both} --as trustee")
    story.does("trustee", "tx submit {both}")


def _prove(story: Story) -> None:
    story.chapter("Bank B's machine is back. It reads the statement, and proves it to its auditor.")
    story.launcher.restart("bank-b")
    height = story.launcher.height("bank-a")
    story.launcher.wait_for_height(height, names=("bank-b",))
    statement = "securitisation statement {pool} --period 1"
    story.keeps("key", "bank-b", statement, r"proof key\s+([0-9a-f]+)")
    story.does("bank-b", "securitisation holdings {pool} A")
    story.does("bank-b", "proof get --hex {key} --out {proof}")
    story.checks("auditor", "proof verify {proof} --genesis {genesis}")
