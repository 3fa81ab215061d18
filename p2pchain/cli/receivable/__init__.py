"""The receivables' part of the client: statements of banks are read on this machine."""
