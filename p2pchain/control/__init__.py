"""The control socket: one table of HTTP routes through which people and programs ask the daemon."""
