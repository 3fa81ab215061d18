"""Listings of property: agents offer what the titles let them, and each listing follows its title."""
