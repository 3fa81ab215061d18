"""The plan of catching up: which blocks or snapshot chunks to ask of whom."""
