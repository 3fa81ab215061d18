"""The membership's part of the client."""
