"""A sales history from files: read and checked whole, then imported as it stands or played day by day."""
