"""Private payloads: roots on the chain, contents sealed to their recipients."""
