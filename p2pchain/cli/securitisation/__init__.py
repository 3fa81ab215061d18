"""The pools' part of the client: files of assets, and the financiers' key."""
