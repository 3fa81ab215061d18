"""Waiting transactions, their order and their bounds."""
