"""Comparison of managers: what each makes of the days he works and of the clients he holds."""
