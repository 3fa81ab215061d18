"""The part of private payloads in the client: they are sealed and opened here."""
