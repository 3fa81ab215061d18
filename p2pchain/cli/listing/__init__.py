"""The client of the listings: listings, mandates and contracts are read on this machine."""
