"""The certificates' part of the client: readings, statements and proof files are read on this machine."""
