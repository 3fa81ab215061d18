"""Nobody blocks an invoice by mere words: least share, contest, disclosure, lapse, and the auditors' word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from p2pchain.business.registry.contest_record import CONTESTS_OPEN_MAX
from p2pchain.business.registry.terms import DISCLOSURE_DAYS
from p2pchain.codec.private import payload_root
from p2pchain.model.genesis import Genesis
from p2pchain.model.transaction import Operation, Value
from tests.unit.ledger.ledger_world import fingerprint, key, operation, organisation, signing_key
from tests.unit.ledger.membership_steps import set_sealing_key
from tests.unit.ledger.receivable_steps import Market, a_market, act, finance, issue, name, pledge
from tests.unit.ledger.registering import declaration, declare, doc, gln, register, vat

WHOLE = 10**18
LEAST = WHOLE // 100
TREE = fingerprint("tree")
ROOT = payload_root("bank-a", TREE)
X = doc("x")


def audited() -> Genesis:
    """The market with two auditors."""
    genesis = a_market()
    auditors = tuple(organisation(org, ("admin", "auditor", "validator")) for org in ("bureau", "agency"))
    everybody = (*genesis.organisations, *auditors)
    return replace(genesis, organisations=tuple(sorted(everybody, key=lambda member: member.org)))


class Court(Market):
    """A market with auditors, on which a key is known and bank-a finances a document that bank-b has, too."""

    def __init__(self, *, claimed: bool = True, genesis: Genesis | None = None) -> None:
        super().__init__(genesis or audited())
        self.knows_key()
        for org in ("bank-a", "bank-b", "bureau", "agency"):
            self.does(org, set_sealing_key(org, signing_key(org)))
        self.does("bank-a", register())
        self.does("bank-b", register())
        if claimed:
            self.does("bank-a", take())

    def put(self, *recipients: str, tree: bytes = TREE) -> None:
        """bank-a seals a payload for these and itself."""
        sealed = tuple(sorted({*recipients, "bank-a"}))
        self.does("bank-a", operation("private", "put", tree, bytes(32), 1, sealed))

    def told(self) -> dict[str, object]:
        """What is shown of the document."""
        return self.ledger.query("registry", "show", {"document": X}, None)


def take(share: int = WHOLE, document: bytes = X) -> Operation:
    """Finance a share."""
    return operation("registry", "finance", document, share, True)


def on(action: str, *args: Value) -> Operation:
    """An action on the document."""
    return operation("registry", action, X, *args)


CONTEST = on("contest", X)


def test_a_crumb_blocks_nobody() -> None:
    """A bank blocked an invoice with a share of 10^-18."""
    court = Court(claimed=False)
    assert court.refuses("bank-a", take(1)) == "REG_SHARE_TOO_SMALL"
    assert court.refuses("bank-a", take(LEAST - 1)) == "REG_SHARE_TOO_SMALL"
    court.does("bank-a", take(LEAST))
    assert court.refuses("bank-a", on("release", 1, "withdrawn")) == "REG_SHARE_TOO_SMALL"
    court.does("bank-a", take(WHOLE - LEAST - 5))
    court.does("bank-a", take(5))
    assert court.refuses("bank-a", on("release", WHOLE - 5, "not_funded")) == "REG_SHARE_TOO_SMALL"
    court.does("bank-a", on("release", WHOLE - 5, "repaid"))


def test_the_members_agree_on_other_terms() -> None:
    court = Court(claimed=False)
    terms = operation("registry", "set_terms", WHOLE // 10, 3)
    assert court.refuses("bank-a", terms) == "MEMBERSHIP_NO_QUORUM"
    court.does(("bank-a", "bank-b", "buyer", "supplier", "tier-2"), terms)
    assert court.refuses("bank-a", take(LEAST)) == "REG_SHARE_TOO_SMALL"
    shown = court.ledger.query("registry", "terms", {}, None)
    assert (shown["share_min"], shown["disclosure_days"]) == (WHOLE // 10, 3)


def test_without_disclosure_a_claim_lapses_by_itself() -> None:
    """Nothing is done at the deadline; whoever was kept back goes on."""
    court = Court()
    court.does("bank-b", CONTEST)
    assert court.refuses("bank-b", CONTEST) == "REG_CONTESTED"
    court.later(DISCLOSURE_DAYS - 1)
    assert court.refuses("bank-b", take()) == "REG_DUPLICATE_FINANCED"
    assert (court.told()["contested"], court.told()["lapsed"]) == (True, False)
    court.later(1)
    court.block()
    assert court.told()["lapsed"] is True
    checked = court.ledger.query("registry", "check", {"document": X}, key("bank-b"))
    assert (checked["financeable"], checked["cross_applicant"]) == (True, True)
    court.does("bank-b", take())
    assert court.refuses("bank-a", register()) == "REG_STRUCK"
    assert court.refuses("bank-a", on("release", None, "repaid")) == "REG_NOT_HOLDER"


def test_a_claim_that_lapsed_is_its_claimants_no_more() -> None:
    """Neither does it finance more, nor close the document by repayment."""
    court = Court()
    court.does("bank-b", CONTEST)
    court.later(DISCLOSURE_DAYS)
    assert court.refuses("bank-a", on("release", None, "repaid")) == "REG_NOT_FINANCED"
    court.later(0)
    assert court.refuses("bank-a", take()) in ("REG_STRUCK", "REG_NOT_REGISTERED")


def test_who_was_struck_takes_the_invoice_under_no_other_name() -> None:
    court = Court(claimed=False)
    full, other = declaration(vat("7"), gln("7")), declaration(vat("7"))
    court.does("bank-a", declare(full), take(document=full.document))
    court.does("bank-b", declare(full))
    court.does("bank-b", operation("registry", "contest", full.document, full.document))
    court.later(DISCLOSURE_DAYS)
    court.does("bank-b", take(document=full.document))
    court.does("bank-b", operation("registry", "release", full.document, None, "withdrawn"))
    assert court.refuses("bank-a", declare(other)) == "REG_STRUCK"


def test_a_disclosed_claim_stands_until_auditors_decide() -> None:
    court = Court()
    assert court.refuses("bank-b", on("disclose", ROOT)) == "REG_NOT_CLAIMED"
    assert court.refuses("bank-a", on("disclose", ROOT)) == "REG_NOT_SEALED", "no such payload"
    court.put("bank-b")
    assert court.refuses("bank-a", on("disclose", ROOT)) == "REG_NOT_SEALED", "no auditor reads it"
    other = fingerprint("another root")
    court.put("bureau", tree=other)
    assert court.refuses("bureau", on("uphold")) == "REG_NOT_CONTESTED"
    court.does("bank-b", CONTEST)
    assert court.refuses("bureau", on("strike")) == "REG_NOT_DISCLOSED"
    court.does("bank-a", on("disclose", payload_root("bank-a", other)))
    assert court.refuses("bank-a", on("disclose", payload_root("bank-a", other))) == "REG_DISCLOSED"
    court.later(DISCLOSURE_DAYS * 10)
    assert court.refuses("bank-b", take()) == "REG_DUPLICATE_FINANCED"
    assert court.refuses("agency", on("uphold")) == "AUTH_CONTROLLER", "it cannot read it"
    assert court.refuses("bank-b", on("uphold")) == "AUTH_ROLE"
    court.does("bureau", on("uphold"))
    assert court.refuses("bank-b", CONTEST) == "REG_CONTESTED"
    assert court.refuses("bureau", on("strike")) == "REG_NOT_CONTESTED"
    assert (court.told()["upheld"], court.told()["contested"]) == (True, False)


def test_auditors_strike_what_was_disclosed_and_is_not_the_invoice() -> None:
    court = Court()
    court.put("bureau")
    court.does("bank-a", on("disclose", ROOT))
    court.does("bank-b", CONTEST)
    court.does("bureau", on("strike"))
    assert court.refuses("bank-a", register()) == "REG_STRUCK"
    court.does("bank-b", take())


def test_a_repaid_document_is_contested_too() -> None:
    """A bank that finances the least share and says that it was repaid closed the invoice for ever."""
    court = Court(claimed=False)
    court.does("bank-a", take(LEAST), on("release", None, "repaid"))
    assert court.refuses("bank-b", take()) == "REG_REPAID"
    court.does("bank-b", CONTEST)
    court.later(DISCLOSURE_DAYS)
    court.does("bank-b", take())


def test_who_may_contest() -> None:
    court = Court()
    assert court.refuses("buyer", CONTEST) == "AUTH_ROLE"
    assert court.refuses("bank-a", CONTEST) == "REG_NOT_CLAIMED", "its own"
    court.does("bank-b", register("other"))
    assert court.refuses("bank-b", on("contest", doc("other"))) == "REG_NOT_BLOCKED"
    assert court.refuses("bank-b", on("contest", fingerprint("unknown"))) == "REG_NOT_REGISTERED"
    unclaimed = operation("registry", "contest", doc("other"), doc("other"))
    assert court.refuses("bank-b", unclaimed) == "REG_NOT_CLAIMED"


def test_contests_that_are_open_are_bounded() -> None:
    """Whoever doubts everything runs out of doubts; what is decided, or ended, counts no more."""
    court = Court(claimed=False)
    papers = [declaration(vat(f"{number}")) for number in range(CONTESTS_OPEN_MAX + 2)]
    for paper in papers:
        court.does("bank-a", declare(paper), take(document=paper.document))
        court.does("bank-b", declare(paper))
    contests = [operation("registry", "contest", paper.document, paper.document) for paper in papers]
    for doubted in contests[:CONTESTS_OPEN_MAX]:
        court.does("bank-b", doubted)
    assert court.refuses("bank-b", contests[-1]) == "REG_TOO_MANY_CONTESTS"
    court.put("bureau")
    court.does("bank-a", operation("registry", "disclose", papers[0].document, ROOT))
    court.does("bureau", operation("registry", "uphold", papers[0].document))
    court.does("bank-b", contests[-1])
    assert court.refuses("bank-b", contests[-2]) == "REG_TOO_MANY_CONTESTS"
    court.does("bank-a", operation("registry", "release", papers[1].document, None, "withdrawn"))
    court.does("bank-b", contests[-2])


def test_a_contest_ends_with_its_claim() -> None:
    court = Court()
    court.does("bank-b", CONTEST)
    court.does("bank-a", on("release", None, "withdrawn"))
    court.later(DISCLOSURE_DAYS)
    court.does("bank-a", take())
    assert court.told()["contested"] is False
    assert court.refuses("bank-b", take()) == "REG_DUPLICATE_FINANCED"


def test_a_claim_through_a_receivable_is_contested_too() -> None:
    """Bank-a has a made-up receivable of its friends, with the fingerprint of an invoice that bank-b would
    finance. The invoice is free in the end; the receivable stays what it is.
    """
    court = Court(claimed=False)
    item = name("made up")
    court.does("buyer", issue(item, document=X), act("accept", item))
    court.does(("supplier", "bank-a"), pledge(item, "bank-a"))
    assert court.refuses("bank-b", take()) == "REG_DUPLICATE_FINANCED"
    court.does("bank-b", CONTEST)
    court.later(DISCLOSURE_DAYS)
    court.does("bank-b", take())
    court.does("bank-a", act("unpledge", item))
    assert court.refuses("bank-a", on("cancel")) == "REG_FINANCED"
    court.does("supplier", act("request_finance", item, "bank-b", 1, False))
    assert court.refuses("bank-b", finance(item)) == "ENC_ACTIVE"


def test_a_debtor_confirms() -> None:
    court = Court()
    assert court.refuses("bank-b", on("confirm")) == "AUTH_ROLE"
    court.does("buyer", on("confirm"))
    assert court.refuses("buyer", on("confirm")) == "REG_CONFIRMED"
    assert court.told()["confirmed_by"] == ["buyer"]


@pytest.mark.parametrize("agreed", [True, False])
def test_auditors_that_the_members_agreed_on_judge_alone(agreed: bool) -> None:
    court = Court()
    if agreed:
        everybody = ("bank-a", "bank-b", "buyer", "supplier", "tier-2")
        court.does(everybody, operation("private", "set_auditors", ("bureau",)))
    court.put("bureau", "agency")
    court.does("bank-a", on("disclose", ROOT))
    court.does("bank-b", CONTEST)
    if agreed:
        assert court.refuses("agency", on("uphold")) == "AUTH_CONTROLLER"
    court.does("bureau" if agreed else "agency", on("uphold"))


def test_a_claimant_that_audits_is_not_its_own_judge() -> None:
    """It disclosed to itself alone: then nobody could decide, and the claim would have stood for ever."""
    genesis = audited()
    both = ("admin", "auditor", "financier", "validator")
    changed = tuple(
        organisation(member.org, both) if member.org == "bank-a" else member
        for member in genesis.organisations
    )
    court = Court(genesis=replace(genesis, organisations=changed))
    court.put()
    assert court.refuses("bank-a", on("disclose", ROOT)) == "REG_NOT_SEALED"
    court.does("bank-b", CONTEST)
    court.later(DISCLOSURE_DAYS)
    court.does("bank-b", take())


def test_a_disclosure_whose_judges_have_left_is_made_anew() -> None:
    """The auditors that read it are replaced: a new contest begins the days anew, and so may the claimant."""
    court = Court()
    court.put("bureau")
    court.does("bank-b", CONTEST)
    court.does("bank-a", on("disclose", ROOT))
    assert court.refuses("bank-b", CONTEST) == "REG_CONTESTED"
    quorum = ("agency", "bank-a", "bank-b", "bureau", "buyer")
    court.does(quorum, operation("private", "set_auditors", ("agency",)))
    court.later(DISCLOSURE_DAYS)
    assert court.refuses("bank-b", take()) == "REG_DUPLICATE_FINANCED", "nobody lapses unheard"
    assert court.refuses("bureau", on("uphold")) == "AUTH_CONTROLLER"
    court.does("bank-b", CONTEST)
    tree = fingerprint("for the agency")
    other = payload_root("bank-a", tree)
    court.put("agency", tree=tree)
    court.does("bank-a", on("disclose", other))
    court.does("agency", on("uphold"))
    assert court.refuses("bank-b", CONTEST) == "REG_CONTESTED"


def test_a_claimant_discloses_anew_where_its_judges_have_left() -> None:
    court = Court()
    court.put("bureau")
    court.does("bank-a", on("disclose", ROOT))
    tree = fingerprint("for the agency")
    other = payload_root("bank-a", tree)
    court.put("agency", tree=tree)
    assert court.refuses("bank-a", on("disclose", other)) == "REG_DISCLOSED"
    quorum = ("agency", "bank-a", "bank-b", "bureau", "buyer")
    court.does(quorum, operation("private", "set_auditors", ("agency",)))
    court.does("bank-a", on("disclose", other))
