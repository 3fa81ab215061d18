"""Makes and drives local networks of real node processes."""
