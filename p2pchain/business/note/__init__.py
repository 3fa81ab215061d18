"""Short texts in blocks."""
