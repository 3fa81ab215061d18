"""Commands of the registry of invoices."""
