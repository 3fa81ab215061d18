"""Serving peers, and taking from them what a node lacks before it runs."""
