"""Commands of one node: its home, keys, settings, start and upkeep."""
