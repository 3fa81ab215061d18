"""p2pchain: a ledger that the organisations of a consortium run themselves."""
