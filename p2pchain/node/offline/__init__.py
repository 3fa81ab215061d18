"""Work on the home of a stopped node: verify, repair, prune."""
