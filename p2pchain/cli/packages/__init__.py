"""Commands for authors of packages that bring a module."""
