"""One operation of a transaction, carried out: looked up, read, asked for its policy, run."""

from __future__ import annotations

from typing import Final

from p2pchain.ledger.consortium.policy import matching_work, require_satisfied, rule_key
from p2pchain.ledger.context import Context, Setting, View
from p2pchain.ledger.module import Action, Catalogue
from p2pchain.ledger.record import read_record
from p2pchain.ledger.refusals import ModuleSuspended, RoleMissing
from p2pchain.model.errors import Fact
from p2pchain.model.ids import PublicKey
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Operation
from p2pchain.model.validators import ValidatorSet
from p2pchain.proofs.verifier import Verifier

ADMIN: Final = "admin"


def operate(catalogue: Catalogue, operation: Operation, context: Context) -> None:
    """Run an operation in its module's context, if its policy is satisfied. Raises ``Refused``."""
    action = catalogue.action(operation)
    require_not_suspended(context.setting.suspended, operation)
    raw = context.policy(rule_key(operation.module, operation.action))
    if raw is not None:
        policy = read_record(raw)
        context.meter.spend(matching_work(policy, context.accounts))
        require_satisfied(policy, context.accounts, {"module": operation.module, "action": operation.action})
    context.meter.performed()
    _run(action, operation, context)


def decided(catalogue: Catalogue, operation: Operation, context: Context) -> None:
    """The same for what more than 2/3 of the power decided: no policy is asked."""
    action = catalogue.action(operation)
    require_not_suspended(context.setting.suspended, operation)
    context.meter.performed()
    _run(action, operation, context)


def require_not_suspended(suspended: tuple[str, ...], operation: Operation) -> None:
    """Raise ``MODULE_SUSPENDED`` for an action of a module that is."""
    if operation.module in suspended:
        raise ModuleSuspended({"module": operation.module})


def _run(action: Action, operation: Operation, context: Context) -> None:
    action.run(context, action.read(operation.module, operation.args))


def check(catalogue: Catalogue, operation: Operation) -> None:
    """Check that an operation exists and is well formed; raises ``Refused``."""
    catalogue.action(operation).check(operation.module, operation.args)


def check_proposed(catalogue: Catalogue, operation: Operation, view: View) -> None:
    """Check that voters may carry out an operation one day, as admins alone. ``view``: of its module. Raises
    as ``check``; ``Refused("AUTH_ROLE")``; the refusal that the action would always meet.
    """
    action = catalogue.action(operation)
    message = action.read(operation.module, operation.args)
    if action.role not in (None, ADMIN):
        facts: dict[str, Fact] = {"role_needed": action.role, "module": operation.module}
        raise RoleMissing(facts, "those who vote act as admins alone: it needs its own signers")
    if action.lasting is not None:
        action.lasting(view, message)


def setting_of(
    catalogue: Catalogue,
    verifier: Verifier,
    validators: ValidatorSet,
    parameters: Parameters,
    failing: frozenset[PublicKey] = frozenset(),
    suspended: tuple[str, ...] = (),
) -> Setting:
    """Build the facts that modules are handed about their chain. ``failing``: validators that it has seen
    fail.
    """
    return Setting(
        parameters=parameters,
        validators=validators,
        failing=failing,
        verifier=verifier,
        actions=catalogue.actions,
        versions=catalogue.versions,
        suspended=suspended,
        roles=catalogue.roles,
        check_proposed=lambda operation, view: check_proposed(catalogue, operation, view),
        operate=lambda operation, context: decided(catalogue, operation, context),
    )
