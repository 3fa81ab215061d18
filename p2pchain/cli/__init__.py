"""The commands of p2pchain, for people and scripts."""
