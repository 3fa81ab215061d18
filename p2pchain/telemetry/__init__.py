"""Logs and metrics: the set-up of structlog and the registry of what is counted."""
