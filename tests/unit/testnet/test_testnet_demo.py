"""``scripts/demo``: every story is found by its file, and its cast is at genesis with its roles."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from p2pchain.business.software import MODULES
from p2pchain.model.genesis import roles_with
from p2pchain.testnet import stories
from p2pchain.testnet.demo import main
from p2pchain.testnet.launcher import Launcher
from p2pchain.testnet.plan import NetworkMember
from p2pchain.testnet.stories.table import DEMOS, FRAME, Demo


def test_demo_alone_lists_all_stories() -> None:
    done = CliRunner().invoke(main, [])
    assert done.exit_code == 0
    assert [line.split()[1] for line in done.output.splitlines()] == [demo.name for demo in DEMOS]


def test_a_story_that_there_is_not() -> None:
    assert CliRunner().invoke(main, ["nothing"]).exit_code == 2


def test_every_file_of_a_story_is_found() -> None:
    files = {path.stem for path in Path(str(stories.__file__)).parent.glob("*.py")} - {"__init__", *FRAME}
    assert files == {demo.name for demo in DEMOS}


@pytest.mark.parametrize("demo", DEMOS, ids=[demo.name for demo in DEMOS])
def test_a_cast_of_four_with_roles_that_there_are(demo: Demo) -> None:
    known = roles_with(role for module in MODULES for role in module.roles)
    assert len(demo.cast) == 4
    assert {role for member in demo.cast for role in member.roles} <= {*known}


def test_a_network_of_a_cast(tmp_path: Path) -> None:
    """What is kept of it is read again as it was made."""
    cast = (
        NetworkMember(name="bureau", legal_name="Bureau of Records", roles=("admin",)),
        NetworkMember(name="court", legal_name="High Court", roles=("admin", "observer")),
    )
    launcher = Launcher.make(tmp_path / "net", seed="cast", cast=cast)
    assert launcher.names == ("bureau", "court")
    assert [node.roles for node in launcher.plan.nodes] == [member.roles for member in cast]
    genesis = (launcher.home("court") / "genesis.json").read_text("utf-8")
    assert "High Court" in genesis
