"""Goods on their way: who has a thing in custody, what it was made of, and what may not go on."""

from p2pchain.business.trace.module import MODULE

__all__ = ["MODULE"]
