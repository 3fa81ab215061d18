"""Module x-hostile."""
