"""The running daemon: assembly, main loop, timers, and the end of a run."""
