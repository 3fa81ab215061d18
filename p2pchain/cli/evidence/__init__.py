"""The part of evidence in the client: files are read, and evidence files written and verified, here."""
