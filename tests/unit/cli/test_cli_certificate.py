"""Files that the certificates' commands read: what they make of them, and what they refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trio
from click.testing import CliRunner

from p2pchain.business.certificate.fields import PERIODS_MAX
from p2pchain.business.certificate.passage import PROOF_BYTES_MAX
from p2pchain.cli.certificate.part import cancel, import_proof, issue, show_key, show_statement
from p2pchain.cli.modules.client_part import Work
from p2pchain.model.errors import Refused

SAMPLE = Path(__file__).parents[2] / "samples" / "certificate-meter.csv"


def work(**options: object) -> Work:
    """A command at work that asks no node."""
    nothing: Any = None
    return Work(directory=nothing, session=nothing, client=nothing, signer=None, values={}, options=options)


def test_a_meters_file_becomes_periods_and_a_root() -> None:
    made = trio.run(issue, work(readings=SAMPLE, by="row"))
    periods: Any = made.values["periods"]
    assert [wh for _, _, wh in periods] == [2_400_000, 1_800_500, 1]
    assert trio.run(issue, work(readings=SAMPLE, by="file")).values["readings"] == made.values["readings"]


def test_more_periods_than_one_issue_takes(tmp_path: Path) -> None:
    rows = [f"2026-01-{day:02}T{hour:02}:00Z/PT1H,1" for day in range(1, 6) for hour in range(24)]
    file = tmp_path / "meter.csv"
    file.write_text("\n".join(("interval,wh", *rows)), "utf-8")
    with pytest.raises(Refused, match="METER_TOO_LARGE") as refused:
        trio.run(issue, work(readings=file, by="hour"))
    assert refused.value.facts == {"periods": 120, "periods_max": PERIODS_MAX}


def test_a_statement_is_opened_by_what_was_written(tmp_path: Path) -> None:
    """Two salts, two roots: nobody guesses from the root for whom it was."""
    statement = tmp_path / "statement.json"
    statement.write_text('{"beneficiary": "Office AG", "year": "2026"}', "utf-8")
    roots = []
    for name in ("one", "two"):
        made = trio.run(cancel, work(statement=statement, openings=tmp_path / name))
        root: Any = made.values["statement"]
        roots.append(root.hex())
        shown = CliRunner().invoke(show_statement, [str(tmp_path / name)])
        assert shown.output == f"beneficiary: Office AG\nyear: 2026\nroot: {root.hex()}\n"
    assert roots[0] != roots[1]
    with pytest.raises(Refused, match="FILE_UNWRITABLE"):
        trio.run(cancel, work(statement=statement, openings=tmp_path / "one"))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"year": 2026}', '{"": "x"}', "no json"])
def test_what_is_no_statement(text: str, tmp_path: Path) -> None:
    file = tmp_path / "statement.json"
    file.write_text(text, "utf-8")
    with pytest.raises(Refused, match="CRT_STATEMENT"):
        trio.run(cancel, work(statement=file, openings=tmp_path / "openings"))


def test_a_proof_file_that_no_transaction_carries(tmp_path: Path) -> None:
    file = tmp_path / "proof"
    file.write_bytes(bytes(PROOF_BYTES_MAX))
    assert trio.run(import_proof, work(file=file)).values["proof"] == bytes(PROOF_BYTES_MAX)
    file.write_bytes(bytes(PROOF_BYTES_MAX + 1))
    with pytest.raises(Refused, match="CRT_PROOF_SIZE"):
        trio.run(import_proof, work(file=file))


def test_the_key_of_a_record() -> None:
    shown = CliRunner().invoke(show_key, ["ab" * 32, "--exported"])
    assert bytes.fromhex(shown.output.strip()) == b"certificate/exported/" + b"\xab" * 32
    assert CliRunner().invoke(show_key, ["abc"]).exit_code == 2
