"""Stories of trades among real nodes, one file each: what a person types, and what comes of it."""
