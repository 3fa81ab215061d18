"""Durable data of a node: segment logs, the chain, the safety log, and the lock of its home."""
