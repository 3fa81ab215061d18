"""Commands of the consortium: membership, governance, policies."""
