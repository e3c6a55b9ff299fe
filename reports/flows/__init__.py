"""What came to managers and went from them, added up by the database as it is written: owners of clients, arrivals on
the exchange, claims, sales that were closed. For reports on years of a large company."""
