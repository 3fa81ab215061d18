"""The gateway as the node has it: its process, and what an account may read of the chain."""
