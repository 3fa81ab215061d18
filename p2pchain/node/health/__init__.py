"""Health of a running node: one word, its reasons, and what it suspects of its peers."""
