"""The part of consents in the client: forms are read, patients sign, payloads are sealed anew."""
