"""What the tests stand on: their own PostgreSQL and Redis, a real worker and browser. Never imported by the program."""
