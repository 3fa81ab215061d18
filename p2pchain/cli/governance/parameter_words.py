"""Purpose of each parameter of a chain, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rich.console import Console

from p2pchain.cli.screen import DASH, table
from p2pchain.client.node_client import Fields

MEANINGS: Final[Mapping[str, str]] = {
    "tx_bytes_max": "most bytes of one transaction",
    "tx_signers_max": "most signers of one transaction",
    "tx_operations_max": "most operations of one transaction",
    "tx_lifetime": "heights that a transaction may be valid for, and its nonce is remembered; fixed",
    "tx_valid_ms_max": "how far ahead the time may lie until which a transaction is valid, in ms",
    "org_timed_max": "most transactions of an organisation that are valid until a time and remembered",
    "block_bytes_max": "most bytes of transactions in one block",
    "block_transactions_max": "most transactions in one block",
    "block_evidence_max": "most pieces of evidence in one block",
    "operation_work_max": "most work of one operation, in units of the meter",
    "tx_work_max": "most work of one transaction",
    "block_work_max": "most work of all transactions of one block",
    "block_interval_min_ms": "least time between two blocks, in ms",
    "empty_block_interval_ms": "time between two blocks while nothing waits, in ms",
    "timeout_propose_ms": "how long a proposal is waited for in the first round, in ms",
    "timeout_propose_delta_ms": "how much longer in each further round, in ms",
    "timeout_vote_ms": "how long votes that do not agree are waited for in the first round, in ms",
    "timeout_vote_delta_ms": "how much longer in each further round, in ms",
    "timeout_cap_ms": "longest of these waits, in ms",
    "time_precision_ms": "how far the clocks of honest validators may lie apart, in ms",
    "time_delay_ms": "how long an honest proposal may travel, in ms; grows with the round",
    "sit_out_heights": "heights that a proposer sits out after its first failed round; doubles each time",
    "sit_out_heights_max": "most heights that a proposer sits out",
    "proposals_per_org": "most proposals of one organisation that are open at a time",
}


def draw_parameters(answer: Fields, console: Console) -> None:
    """Draw the answer of ``/v1/parameters`` for people."""
    rows = [(name, value, MEANINGS.get(name, DASH)) for name, value in answer.items()]
    table(console, ("parameter", "value", "meaning"), rows, empty="")
