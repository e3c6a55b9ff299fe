"""Contact frequency: what the regulations ask for, and who keeps them."""
