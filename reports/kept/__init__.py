"""Rows that reports of a large company would work out anew for each reader, kept as they were last worked out.

What is kept (:mod:`reports.kept.sets`) are narrow copies of the rows behind figures, with what each of them takes many
lookups to know, and their numbers by manager. Triggers (:mod:`reports.kept.triggers`) write down whose client changed;
every minute a task works out anew what is kept of those (:mod:`reports.kept.settling`). Who reads
(:mod:`reports.kept.reading`) takes what is kept of all other clients, and looks at these themselves: the numbers are
always those of the rows.
"""
