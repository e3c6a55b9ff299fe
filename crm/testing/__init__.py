"""What the tests stand on: their own PostgreSQL and Redis, a real worker, a real browser. Never imported by the program."""
