"""Business modules: one folder per trade, with its declaration, rules and page."""
