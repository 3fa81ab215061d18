"""Pools of assets, each asset in one pool, and notes on them that a waterfall pays."""
