"""Packages of others: found, linted, pinned, imported, and bounded while their rules run."""
