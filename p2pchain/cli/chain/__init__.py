"""Commands that show and use the chain: blocks, transactions, events, proofs, peers."""
