"""The gateway: the table of routes over HTTPS, in a process of its own beside the node's.

Why a process and no budget inside the node's loop. What a stranger costs before anything is known of him is a
TCP connection, a TLS handshake of about a millisecond and the parsing of what he sends. In the node's process
each of these holds the interpreter's lock that votes need, 10,000 connections hold its memory and its file
descriptors, and a budget can only be drawn up after the cost has arisen. A process of its own, of lower
priority, has all that for itself; what it passes on is whole, bounded in size and rate, and verified, and the
node answers it within a share of its time (``faces.py``). If it dies, the node logs it and starts another.

Files: ``server.py`` accepts connections, ``visitors.py`` and ``rates.py`` bound them,
``request_signatures.py`` verifies who asks, ``upstream.py`` passes on to the node, whose side is
``node_side.py``; ``worker.py`` is the process.
"""
