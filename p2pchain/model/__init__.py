"""The vocabulary of the chain: frozen dataclasses, new types and errors; standard library only."""
