"""Answers of a running node to the control socket."""
