"""A node's home: settings, keys, chain and snapshots on its disk."""
