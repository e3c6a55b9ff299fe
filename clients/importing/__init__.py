"""Files of clients, persons and events that become entries here: read, checked, written, explained, taken back."""
