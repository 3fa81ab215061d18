"""Commands of traced goods that read files and identifiers."""
