"""The registry's part of the client: invoices and the financiers' key."""
