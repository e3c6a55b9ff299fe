"""Report 3: how good the work with each client is, by four indicators."""
