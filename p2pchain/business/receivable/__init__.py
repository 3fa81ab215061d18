"""Receivables: what a debtor owes, accepted for good, handed on, split, pledged, financed and settled."""

from p2pchain.business.receivable.module import MODULE

__all__ = ["MODULE"]
