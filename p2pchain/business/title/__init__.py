"""Property titles: who owns a unit by which share, which rights stand on it, and whether it is being sold."""
