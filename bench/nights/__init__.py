"""The night: the program's own run held against the same effect written as SQL and run through psql.

``stage`` sets a base up so that every night has the same number of changes at every size; ``raw`` is the SQL;
``worker`` is the run in a process of its own; ``trial`` runs them on copies and weighs them.
"""
