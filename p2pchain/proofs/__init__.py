"""The only place where signatures, certificates and inclusion proofs are checked."""
