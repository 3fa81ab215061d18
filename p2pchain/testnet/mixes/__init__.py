"""What ``scripts/bench --mix`` sends: a file for each trade, found by its name."""
