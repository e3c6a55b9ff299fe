"""Report 6: what people did, in points, held against the norm of their departments."""
