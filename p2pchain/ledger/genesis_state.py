"""The first state of a chain, as its genesis says it."""

from __future__ import annotations

from p2pchain.codec.cbor import encode
from p2pchain.codec.genesis import genesis_id, genesis_validators
from p2pchain.ledger.consortium import membership
from p2pchain.ledger.context import Context
from p2pchain.ledger.meter import Meter
from p2pchain.ledger.module import Catalogue
from p2pchain.ledger.operation import setting_of
from p2pchain.ledger.state import Overlay, State
from p2pchain.ledger.system import GENESIS_KEY, PARAMETERS_KEY, encode_parameters
from p2pchain.ledger.validators import first_validators
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import GENESIS_HEIGHT
from p2pchain.model.steps import finish
from p2pchain.proofs.verifier import Verifier


def genesis_values(genesis: Genesis, catalogue: Catalogue, verifier: Verifier) -> dict[bytes, bytes]:
    """The first state: its id, the parameters, what every module writes, and the validators of height 1."""
    overlay = Overlay(State({}))
    membership.check_genesis(genesis, catalogue.roles)
    validators = genesis_validators(genesis)
    setting = setting_of(catalogue, verifier, validators, genesis.parameters)
    overlay.set(GENESIS_KEY, encode((genesis_id(genesis),)))
    overlay.set(PARAMETERS_KEY, encode_parameters(genesis.parameters))
    for module in catalogue.modules:
        if module.genesis is not None:
            context = Context(
                overlay=overlay,
                module=module.name,
                height=GENESIS_HEIGHT,
                time_ms=genesis.time_ms,
                accounts=(),
                publics=catalogue.publics,
                setting=setting,
                meter=Meter(),
                events=[],
            )
            module.genesis(context, genesis)
    overlay.set(*first_validators(validators))
    return {key: value for key, value in finish(overlay.changes()) if value is not None}
