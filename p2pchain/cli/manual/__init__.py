"""The page of all commands, for a browser and for man(1), read from the commands themselves."""
