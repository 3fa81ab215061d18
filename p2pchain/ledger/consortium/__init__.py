"""The consortium: what the kernel itself needs of organisations, policies and governance."""
