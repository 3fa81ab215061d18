"""Energy attribute certificates: issued once for a metered hour, handed on, and retired once."""
