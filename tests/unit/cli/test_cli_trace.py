"""Commands of traced goods that need no node: hashes of a file, and which events are about a thing."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from p2pchain.cli.trace.history import is_about
from p2pchain.cli.trace.part import events
from p2pchain.documents.epcis import read_events

SAMPLES = Path(__file__).parents[2] / "samples"


def test_the_hashes_of_a_file_are_shown_without_a_node() -> None:
    file = SAMPLES / "trace-plant.xml"
    done = CliRunner().invoke(events, [str(file)])
    read = read_events(file.read_bytes())
    assert done.exit_code == 0, done.output
    assert read.root.hex() in done.output
    assert all(leaf.hex() in done.output for leaf in read.leaves)
    shown = json.loads(CliRunner().invoke(events, [str(file), "--json"]).output)
    assert (shown["root"], len(shown["events"])) == (read.root.hex(), 5)


def test_an_event_is_about_what_it_names_itself_or_in_a_list() -> None:
    assert is_about(["a", 1], "a")
    assert is_about([["b", "a"], None], "a")
    assert not is_about(["ab", ["b"], 1, None], "a")
