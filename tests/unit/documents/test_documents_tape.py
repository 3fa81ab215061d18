"""Files of assets: EX-102 of the SEC and CSV of the ESMA kind, and what is no such file."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2pchain.business.securitisation.fields import AssetRow
from p2pchain.codec.pool_ids import pool_id
from p2pchain.documents.tape import COLLATERAL, CONTRACT, TapeAsset, asset_digest, identity_of
from p2pchain.documents.tape_file import read_tape
from p2pchain.model.errors import Refused
from tests.unit.ledger.securitisation_steps import DESK, NONCE, TRUSTEE, Deal, add, create, seals

TOP = Path(__file__).parents[3]
SAMPLES = TOP / "tests" / "samples"
REAL_LOANS = TOP.parent / "shared" / "data" / "abs" / "sec-absee-ex102-cmbs-loans.xml"
"""A real filing of 2017; beside the repository where it is at all."""
KEY = bytes(range(32))
CARS = "vin,original,balance,maturity\n"
HEAD = "contract,original,balance,maturity\n"


def sample(name: str, currency: str = "EUR") -> tuple[TapeAsset, ...]:
    """What a sample holds."""
    return read_tape((SAMPLES / f"securitisation-{name}").read_bytes(), currency)


def row_of(asset: TapeAsset) -> AssetRow:
    """An asset as an operation has it, under one key."""
    return (
        1,
        tuple(asset_digest(KEY, CONTRACT, identity) for identity in asset.contracts),
        tuple(asset_digest(KEY, COLLATERAL, identity) for identity in asset.collateral),
        asset.documents,
        None,
        asset.original_minor,
        asset.balance_minor,
        asset.maturity_day,
        asset.arrears_days,
    )


def sealed(assets: tuple[TapeAsset, ...], currency: str) -> dict[str, object]:
    """A pool of these assets, as the chain shows it once its trustee has accepted."""
    deal, rows = Deal(), tuple(map(row_of, assets))
    nonce = bytes(len(NONCE))
    pool = pool_id(DESK, nonce)
    deal.does(DESK, create(nonce, currency=currency))
    deal.does(DESK, add(rows, pool), seals("seal", rows, pool))
    deal.does(TRUSTEE, seals("accept", rows, pool))
    return deal.show(pool)


def test_a_filing_of_commercial_mortgages() -> None:
    whole, part = sample("ex102.xml", "USD")
    assert (whole.original_minor, whole.balance_minor, whole.arrears_days) == (
        1_250_000_000,
        1_240_000_025,
        0,
    )
    assert whole.contracts == (("samplelenderinc", "10122026", "1250000000", "11062036", "harbourhouse"),)
    assert whole.collateral == (("1samplestreet", "springfield", "il", "62701"),)
    assert (part.collateral, part.arrears_days) == ((), 30), "several notes have one property"


def test_loans_of_the_esma_kind() -> None:
    assets = sample("loans.csv")
    assert (len(assets), assets[6].arrears_days) == (31, 12)
    first = assets[0]
    assert first.contracts == (("529900t8bm49aursdo55", "l20260001"),)
    assert first.collateral == (("vin", "wvwzzz1kz00000001"),)
    assert (first.original_minor, first.balance_minor) == (2_050_000, 1_936_301)
    rival = sample("rival.csv")
    assert rival[0].contracts == assets[4].contracts
    assert rival[1].collateral == assets[30].collateral
    assert rival[1].contracts != assets[30].contracts


def test_the_samples_seal() -> None:
    shown = sealed(sample("loans.csv"), "EUR")
    assert (shown["count"], shown["balance_minor"]) == (31, sum(a.balance_minor for a in sample("loans.csv")))
    assert sealed(sample("ex102.xml", "USD"), "USD")["balance_minor"] == 9_240_000_025


if REAL_LOANS.exists():

    def test_the_31_loans_of_a_real_filing_seal() -> None:
        assets = read_tape(REAL_LOANS.read_bytes(), "USD")
        shown = sealed(assets, "USD")
        assert (shown["state"], shown["count"]) == ("accepted", 31)
        assert (shown["original_minor"], shown["balance_minor"]) == (85_617_000_000, 85_531_255_204)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "DOC_TAPE_UNKNOWN"),
        ("name,amount\nx,1\n", "DOC_TAPE_UNKNOWN"),
        ("original,balance,maturity\n1,1,2030-01-01\n", "DOC_TAPE_UNKNOWN"),
        (HEAD + "x,1,-1,2030-01-01\n", "DOC_TAPE_ROW"),
        (HEAD + "x,0,0,2030-01-01\n", "DOC_TAPE_ROW"),
        (HEAD + "x,1.001,1,2030-01-01\n", "DOC_TAPE_ROW"),
        (HEAD + "x,1,1,01/01/2030\n", "DOC_TAPE_ROW"),
        (HEAD + "x,1\n", "DOC_TAPE_ROW"),
        (HEAD + f"{'x' * 1_001},1,1,2030-01-01\n", "DOC_TAPE_ROW"),
        ("document,original,balance,maturity\nff,1,1,2030-01-01\n", "DOC_TAPE_ROW"),
        (
            "vin,original,balance,maturity\n" + ";".join("abcdefghijklmnopq") + ",1,1,2030-01-01\n",
            "DOC_TAPE_ROW",
        ),
        ("vin,original,balance,maturity,arrears\nx,1,1,2030-01-01,ten\n", "DOC_TAPE_ROW"),
        ("vin,original,balance,maturity,currency\nx,1,1,2030-01-01,USD\n", "DOC_TAPE_ROW"),
        ('vin,original,balance,maturity\n"x,1,1,2030-01-01\n', "DOC_NOT_XML"),
        ("<a/>", "DOC_TAPE_UNKNOWN"),
        ("<!DOCTYPE a><a/>", "DOC_FORBIDDEN_XML"),
        (HEAD + "x,1,1,2030-01-01\n" * 100_001, "DOC_TAPE_TOO_LONG"),
    ],
)
def test_what_is_no_file_of_assets(text: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        read_tape(text.encode(), "EUR")
    assert caught.value.code == code


def test_a_row_that_is_wrong_is_named() -> None:
    with pytest.raises(Refused) as caught:
        read_tape((HEAD + "x,1,1,2030-01-01\ny,1,one,2030-01-01\n").encode(), "EUR")
    assert (caught.value.facts["row"], caught.value.facts["column"]) == (2, "balance")
    assert "--skip 2" in str(caught.value)


def test_a_filing_is_in_dollars() -> None:
    with pytest.raises(Refused, match="DOC_TAPE_ROW"):
        sample("ex102.xml", "EUR")


def test_names_are_hashed_by_class_and_key() -> None:
    identity = identity_of("529900T8BM49AURSDO55", " L-2026/0001 ")
    assert identity == identity_of("529900t8bm49aursdo55", "L20260001")
    digests = {
        asset_digest(KEY, CONTRACT, identity),
        asset_digest(KEY, COLLATERAL, identity),
        asset_digest(bytes(32), CONTRACT, identity),
    }
    assert len(digests) == 3
    assert identity_of("", "--") == ()
    with pytest.raises(Refused, match="DOC_KEY_TOO_SHORT"):
        asset_digest(b"short", CONTRACT, identity)
