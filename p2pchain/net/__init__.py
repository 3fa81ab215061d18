"""Speaks to the other nodes over libp2p: who may connect, links, fetch, the block topic."""
