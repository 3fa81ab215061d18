"""Hashing, Ed25519 and Merkle trees: what every structure of the chain is named and signed with."""
