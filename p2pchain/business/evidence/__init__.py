"""Evidence: what was deposited by whom and when, in an order that nobody can change afterwards."""
