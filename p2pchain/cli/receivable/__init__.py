"""Commands of receivables."""
