"""Module x-tools."""
