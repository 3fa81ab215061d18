"""Manual of all commands, for a browser and for man(1), made from the commands."""
