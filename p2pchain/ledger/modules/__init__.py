"""The business rules: one module of records, actions and refusals per trade."""
