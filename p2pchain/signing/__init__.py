"""Key files, the double-sign guard, and the signer that speaks only after what it said is durable."""
