"""What an application needs: build, sign, submit, wait, and verify a proof offline."""
