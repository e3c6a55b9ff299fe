"""The calendar: what its pages and its feeds read, and how they put it."""
