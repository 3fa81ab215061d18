"""Founding a chain and becoming a member of it: one file of each organisation, one genesis of all."""
