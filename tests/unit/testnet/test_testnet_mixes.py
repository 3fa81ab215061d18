"""``scripts/bench --mix``: every trade has a load, from its file or derived from its declaration."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2pchain.business.software import MODULES
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.module import Module
from p2pchain.sdk.world import World
from p2pchain.testnet import mixes
from p2pchain.testnet.faults import LaunchFailed
from p2pchain.testnet.mixes.derived import derived, is_derivable
from p2pchain.testnet.mixes.table import FRAME, MIXES
from p2pchain.testnet.plan import MARKET
from tests.samples.tool_register.x_tools.module import MODULE as TOOLS

KEYS = {member.name: SigningKey(sha256(member.name.encode())) for member in MARKET}
RUN = bytes(16)
REGISTRY = next(module for module in MODULES if module.name == "registry")


def test_every_file_and_every_trade_is_a_mix() -> None:
    files = {path.stem for path in Path(str(mixes.__file__)).parent.glob("*.py")} - {"__init__", *FRAME}
    assert {*MIXES} == files | {module.name for module in MODULES if is_derivable(module)}
    assert not {"membership", "governance", "policy"} & {*MIXES}


@pytest.mark.parametrize("module", [TOOLS, REGISTRY], ids=lambda module: module.name)
def test_a_derived_load_is_accepted(module: Module) -> None:
    """The sample module, too, with nothing said of loads anywhere."""
    mix = derived(module)
    step = mix.make(KEYS, RUN)
    world = World(module, roles={member.name: member.roles for member in mix.cast})
    names = {key.public_key: name for name, key in KEYS.items()}
    actions = set()
    for number in range(40):
        signers, operations = step(number)
        receipt = world.operate([names[key.public_key] for key in signers], *operations)
        assert receipt.code == "OK"
        actions |= {operation.action for operation in operations}
    assert actions if module is REGISTRY else len(actions) > 1


def test_a_module_that_accepts_nothing_drawn_says_so() -> None:
    nothing = next(module for module in MODULES if module.name == "listing")
    with pytest.raises(LaunchFailed) as failed:
        derived(nothing).make(KEYS, RUN)(0)
    assert failed.value.code == "TESTNET_MIX"
