"""Key files, the guard against signing twice, and the signer behind it."""
