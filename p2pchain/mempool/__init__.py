"""Which transactions wait, in which order, within which bounds."""
