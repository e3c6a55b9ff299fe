"""Something done to many rows at once: actions, jobs, and taking them back."""
