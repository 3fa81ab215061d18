"""Bytes to model and back: strict deterministic CBOR (RFC 8949 section 4.2.1), sign-bytes and ids."""
