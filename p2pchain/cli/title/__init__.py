"""The client of the titles: owners and instruments are read on this machine."""
