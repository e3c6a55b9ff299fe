"""Interactions by client: what was done with whom over a period, of which kind and by whom."""
