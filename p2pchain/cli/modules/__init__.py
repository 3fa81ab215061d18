"""Commands of business modules, derived from their declarations."""
