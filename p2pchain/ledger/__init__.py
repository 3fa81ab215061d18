"""The state, its root, and the execution of transactions upon it."""
