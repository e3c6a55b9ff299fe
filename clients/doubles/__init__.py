"""Clients that may be one and the same: the scan of the whole base, and what people said of what it found."""
