"""The table of rates of ``docs/network.md`` is that of ``honest_rates``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from p2pchain.net.rates import BURST_MIN, BURST_S, INTERVAL_MIN_MS, MARGIN, RatedKind, honest_rates

PAGE = (Path(__file__).parents[3] / "docs" / "network.md").read_text("utf-8")
HEAD = "| kind | honest messages a second | bytes a message |\n|---|---|---|\n"
FORMULA = re.compile(r"[0-9nr+*() ]+")


def rows() -> list[tuple[str, str, str]]:
    """Kind, formula of the rate, and of the bytes."""
    lines = PAGE.split(HEAD)[1].split("\n\n")[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [(kind, rate, size) for kind, rate, size in cells]


def worth(formula: str, *, validators: int, rounds_per_s: float) -> float:
    """The number that a formula of the page stands for."""
    text = formula.replace("·", "*").replace(",", "")
    assert FORMULA.fullmatch(text), formula
    return float(eval(text, {"__builtins__": {}}, {"n": validators, "r": rounds_per_s}))


@pytest.mark.parametrize(("validators", "interval_ms"), [(1, 1), (4, 50), (100, 250)])
def test_the_page_says_what_the_code_allows(validators: int, interval_ms: int) -> None:
    """Its rows stand in the order of the code, one for each kind."""
    rates = honest_rates(validators=validators, block_interval_min_ms=interval_ms)
    assert (len(rows()), set(rates)) == (len(RatedKind), set(RatedKind))
    rounds_per_s = 1_000 / max(interval_ms, INTERVAL_MIN_MS)
    for (name, per_s, size), (kind, rate) in zip(rows(), rates.items(), strict=True):
        honest = worth(per_s, validators=validators, rounds_per_s=rounds_per_s)
        assert rate.per_s == pytest.approx(MARGIN * honest), (name, kind)
        assert rate.bytes_per_s == pytest.approx(
            rate.per_s * worth(size, validators=validators, rounds_per_s=rounds_per_s)
        ), (name, kind)


def test_the_sentence_above_it_holds() -> None:
    assert (MARGIN, BURST_S) == (4, 10)
    assert "The rate is four times what\nan honest peer sends, and ten seconds of it may come at once" in PAGE
    assert (
        f"(at least {BURST_MIN:,} votes, or height questions and statements, and 64 of any other kind)"
        in PAGE
    )
    assert f"({INTERVAL_MIN_MS} ms where that is less)" in PAGE
    rates = honest_rates(validators=1, block_interval_min_ms=600_000)
    least = {kind: rate.burst for kind, rate in rates.items() if rate.burst != BURST_S * rate.per_s}
    assert {least.pop(RatedKind.VOTE), least.pop(RatedKind.HEIGHT)} == {BURST_MIN}
    assert set(least.values()) == {64}
