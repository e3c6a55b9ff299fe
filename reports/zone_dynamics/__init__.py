"""Zone dynamics: how many clients were of which colour day by day, and what turned them."""
