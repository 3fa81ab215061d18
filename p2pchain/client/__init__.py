"""Client library for applications: build, sign, submit, wait, and verify a proof offline."""
