"""Governance: what the organisations with more than 2/3 of the power decide by voting."""

from p2pchain.ledger.consortium.governance.module import MODULE

__all__ = ["MODULE"]
