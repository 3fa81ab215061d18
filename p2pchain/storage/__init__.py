"""What a node must find again after a crash: segment logs, the chain, the safety log, and the lock of its
home.
"""
