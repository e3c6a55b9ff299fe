"""The head's desk: one page in the morning that says where to step in."""
