"""What the control socket asks of a running node, and its answers."""
