"""Exchange health: what came to the exchange, what left it, and what became of that."""
