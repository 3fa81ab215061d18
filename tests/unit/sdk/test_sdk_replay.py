"""What an author's trial shows: bugs, codes that are not declared, and an order that is not the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from p2pchain.cli.packages.template import package_files
from p2pchain.sdk import Context, Value
from p2pchain.sdk.replay import replay
from p2pchain.sdk.world import World
from tests.samples.tool_register.x_tools.module import MODULE as TOOLS

SOUND = "context.put(ITEM_PREFIX + item, (owner, message.title, True))"
BROKEN = (
    ("context.put(ITEM_PREFIX + item, (owner, message.title, {}[0]))", "open: a bug: MODULE_FAULT"),
    (
        f"{SOUND}\n    raise type('Odd', (ItemClosed,), {{'code': 'ODD_CODE'}})({{}})",
        "open: ODD_CODE is not declared",
    ),
    (
        "context.put(ITEM_PREFIX + item, (owner, ''.join({'a', 'b', 'c', 'd', message.title}), True))",
        "records differ between two hash seeds after round 1",
    ),
)


@pytest.mark.parametrize(("broken", "fault"), BROKEN)
def test_what_is_broken_is_shown(tmp_path: Path, broken: str, fault: str) -> None:
    for path, text in package_files("x-tried").items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text.replace(SOUND, broken))
    trial = replay("x_tried.module:MODULE", tmp_path, rounds=2)
    assert [line for line in trial.faults if line.startswith(fault)], trial.faults


def test_a_next_version_migrates_what_the_first_wrote() -> None:
    world = World(TOOLS)
    fee: dict[str, Value] = {"fee_minor": 100, "currency": "EUR", "sort": "hand", "nonce": bytes(16)}
    assert world.submit("buyer", "add", title="A saw", **fee).code == "OK"

    def migrate(context: Context) -> None:
        for key, record in tuple(context.walk(b"tool/")):
            context.put(key, (record[0], "A migrated saw", *record[2:]))

    world.upgrade(replace(TOOLS, version=2, migrate=migrate))
    (row,) = world.ask("list", after=None, limit=None)["tools"]
    assert row["title"] == "A migrated saw"
