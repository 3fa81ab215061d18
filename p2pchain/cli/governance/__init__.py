"""Governance's part of the client."""
