"""Bounds of a chain's parameters: what they may be set to, and what must hold between them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from p2pchain.codec import fields as field
from p2pchain.codec.transaction import TX_BYTES_MAX, TX_OPERATIONS_MAX, TX_SIGNERS_MAX
from p2pchain.codec.voting import BLOCK_EVIDENCE_MAX, PROPOSAL_TX_IDS_MAX
from p2pchain.model.errors import Invalid
from p2pchain.model.parameters import Parameters

HOUR_MS: Final = 3_600_000
BLOCK_RAW_BYTES_MAX: Final = 3_145_728
"""With heads, evidence and certificates around it, such a block fits one frame."""
WORK_MIN: Final = 20_000
"""Least budget of work: enough for the operations that raise it again."""
WORK_MAX: Final = 1_000_000_000

PARAMETER_BOUNDS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "tx_bytes_max": (1_024, TX_BYTES_MAX),
        "tx_signers_max": (1, TX_SIGNERS_MAX),
        "tx_operations_max": (1, TX_OPERATIONS_MAX),
        "tx_lifetime": (1, 10_000),
        "tx_valid_ms_max": (60_000, 366 * 24 * HOUR_MS),
        "org_timed_max": (0, 100_000),
        "block_bytes_max": (1_024, BLOCK_RAW_BYTES_MAX),
        "block_transactions_max": (1, PROPOSAL_TX_IDS_MAX),
        "block_evidence_max": (1, BLOCK_EVIDENCE_MAX),
        "operation_work_max": (WORK_MIN, WORK_MAX),
        "tx_work_max": (WORK_MIN, WORK_MAX),
        "block_work_max": (WORK_MIN, WORK_MAX),
        "block_interval_min_ms": (0, HOUR_MS),
        "empty_block_interval_ms": (1, HOUR_MS),
        "timeout_propose_ms": (1, HOUR_MS),
        "timeout_propose_delta_ms": (0, HOUR_MS),
        "timeout_vote_ms": (1, HOUR_MS),
        "timeout_vote_delta_ms": (0, HOUR_MS),
        "timeout_cap_ms": (1, HOUR_MS),
        "time_precision_ms": (0, HOUR_MS),
        "time_delay_ms": (1, HOUR_MS),
        "sit_out_heights": (0, 100_000),
        "sit_out_heights_max": (0, 100_000),
        "proposals_per_org": (1, 64),
    }
)
"""Name to (lowest, highest)."""

_ORDERED: Final = (
    ("tx_bytes_max", "block_bytes_max"),
    ("operation_work_max", "tx_work_max"),
    ("tx_work_max", "block_work_max"),
    ("block_interval_min_ms", "empty_block_interval_ms"),
    ("timeout_propose_ms", "timeout_cap_ms"),
    ("timeout_vote_ms", "timeout_cap_ms"),
    ("sit_out_heights", "sit_out_heights_max"),
)
"""Pairs of which the first must not exceed the second."""


def read_parameters(values: Mapping[str, object], at: str) -> Parameters:
    """Read parameters from names and integers, others at their defaults; ``Invalid`` names the field."""
    for name in values:
        if name not in PARAMETER_BOUNDS:
            raise Invalid("CODEC_UNKNOWN_FIELD", {"field": f"{at}.{name[:64]}"})
    known = {
        name: field.integer(value, *PARAMETER_BOUNDS[name], f"{at}.{name}") for name, value in values.items()
    }
    parameters = dataclasses.replace(Parameters(), **known)
    check_order(parameters, at)
    return parameters


def check_order(parameters: Parameters, at: str) -> None:
    """Refuse parameters that contradict one another, such as a block smaller than a transaction."""
    for lesser, greater in _ORDERED:
        low, high = getattr(parameters, lesser), getattr(parameters, greater)
        if low > high:
            raise Invalid(
                "CODEC_RANGE", {"field": f"{at}.{lesser}", "found": low, "high": high, "bound": greater}
            )


def parameter_values(parameters: Parameters) -> tuple[int, ...]:
    """Return all values in the order of ``PARAMETER_BOUNDS``, which is that of the model."""
    return tuple(getattr(parameters, name) for name in PARAMETER_BOUNDS)
