"""Every action of every module with arguments of all sorts: it ends with a receipt, and nothing breaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from p2pchain.business.software import MODULES
from p2pchain.ledger.context import Context
from p2pchain.ledger.module import Action, Module
from tests.examples import examples
from tests.properties.declared_actions import DrivenModule
from tests.properties.strategies_of_kinds import HOSTILE, invalid_values, valid_arguments
from tests.samples.tool_register.x_tools.module import MODULE as TOOLS

ALL = (*MODULES, TOOLS)
EVERY = [(module, action) for module in ALL for action in module.actions]
FEW = settings(
    max_examples=examples(3),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
"""What fails is shown as it was drawn: making it smaller takes minutes."""


@pytest.mark.parametrize(
    ("module", "action"), EVERY, ids=[f"{module.name}-{action.name}" for module, action in EVERY]
)
@FEW
@given(data=st.data())
def test_an_action_ends_with_a_receipt(module: Module, action: Action, data: st.DataObject) -> None:
    """Whatever its arguments are."""
    DrivenModule(ALL, module).drive(action, data)


@pytest.mark.parametrize(
    ("module", "action"), EVERY, ids=[f"{module.name}-{action.name}" for module, action in EVERY]
)
@FEW
@given(data=st.data())
def test_a_proposal_of_an_action_ends_with_a_receipt(
    module: Module, action: Action, data: st.DataObject
) -> None:
    """What governance looks at long before it is carried out meets no bug either."""
    DrivenModule(ALL, module).propose(action, data)


@pytest.mark.parametrize("module", ALL, ids=lambda module: module.name)
@FEW
@given(data=st.data())
def test_values_are_what_they_are_called(module: Module, data: st.DataObject) -> None:
    """Kinds accept the valid ones, and not the invalid ones; they decide on anything."""
    for action in module.actions:
        args = data.draw(valid_arguments(action.fields))
        action.check(module.name, args)
        for field in action.fields:
            assert not field.accepts(data.draw(invalid_values(field.kind)))
            assert field.accepts(data.draw(HOSTILE)) in (True, False)


def breaks(_context: Context, _message: object) -> None:
    """A bug."""
    raise KeyError({"nothing": "there"})


def emits_nonsense(context: Context, _message: object) -> None:
    """An event whose tool is a number."""
    context.emit("lent", (1, "buyer", "supplier", 20_000))


@pytest.mark.parametrize("rule", [breaks, emits_nonsense], ids=lambda rule: rule.__name__)
def test_a_rule_that_is_wrong_is_seen(rule: Callable[[Context, object], None]) -> None:
    """It ends the trial."""
    action = replace(TOOLS.actions[0], run=rule)
    module = replace(TOOLS, actions=(action,))

    @settings(max_examples=20, derandomize=True, database=None, phases=[Phase.generate])
    @given(data=st.data())
    def trial(data: st.DataObject) -> None:
        DrivenModule((*MODULES, module), module).drive(action, data)

    with pytest.raises(AssertionError):
        trial()
