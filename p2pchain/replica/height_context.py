"""Dependencies of ``HeightWork``, constant for one height."""

from __future__ import annotations

from dataclasses import dataclass

from p2pchain.model.parameters import Parameters
from p2pchain.model.validators import ValidatorSet
from p2pchain.proofs.verifier import Verifier
from p2pchain.replica.blocks import BlockMaker, Tip
from p2pchain.replica.build_size import BuildSize
from p2pchain.replica.double_sign_watch import DoubleSignWatch
from p2pchain.replica.effects import Emit
from p2pchain.replica.transactions import TransactionFlow
from p2pchain.replica.vote_sightings import Sightings


@dataclass(frozen=True, slots=True, kw_only=True)
class HeightContext:
    """Dependencies of ``HeightWork``, constant for one height. ``double_sign_watch``: None for an
    observer.
    """

    tip: Tip
    validators: ValidatorSet
    parameters: Parameters
    maker: BlockMaker
    verifier: Verifier
    flow: TransactionFlow
    build_size: BuildSize
    emit: Emit
    double_sign_watch: DoubleSignWatch | None
    sightings: Sightings
