"""Commands of private payloads."""
