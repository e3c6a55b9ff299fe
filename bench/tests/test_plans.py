"""What is read off a plan."""

from bench.plans import Plan


def node(kind="Index Scan", table="", rows=1, loops=1, removed=0, **more):
    found = {"Node Type": kind, "Actual Rows": rows, "Actual Loops": loops, "Rows Removed by Filter": removed, **more}
    return found | ({"Relation Name": table} if table else {})


def plan(*nodes):
    top = node("Nested Loop", Plans=list(nodes)) | {"Shared Hit Blocks": 1200, "Shared Read Blocks": 34}
    return Plan("SELECT 1\n  FROM a", {"Plan": top, "Planning Time": 0.25, "Execution Time": 7.0})


def test_rows_are_read_whether_or_not_they_were_wanted_and_as_often_as_the_loop_goes_round():
    deep = node("Sort", Plans=[node(table="event", rows=2, loops=30, removed=8)])
    assert plan(node(table="client", rows=30), deep).rows_read() == {"client": 30, "event": 300}


def test_looking_in_vain_counts_too_and_what_was_never_done_does_not():
    assert plan(node(table="event", rows=0, loops=500)).rows_read() == {"event": 500}
    assert plan(node(table="event", rows=0, loops=0)).rows_read() == {"event": 0}


def test_a_table_is_scanned_when_it_was_read_from_end_to_end():
    found = plan(node("Seq Scan", "client"), node("Seq Scan", "event", loops=0), node(table="sale"))
    assert found.scanned() == {"client"}


def test_a_plan_says_what_it_took():
    assert str(plan(node(table="event", rows=20, loops=100))) == (
        "planned 0.2 ms, done 7.0 ms, 1,234 buffers; read: event 2,000\n  SELECT 1 FROM a"
    )
