"""Every report a second time, naively: plain Python that looks at every row. ``reports/tests/test_second_way.py`` asks
both ways the same questions, of the demo company and of the real sales history, and compares every cell.

A module is named as its report ("zone_dynamics.py" of "zone-dynamics") and has::

    def naive(ask: Asked) -> dict[tuple[str, str, str], Any]:
        '''(table, line, column) → value.'''

* The table and the column by their keys; the line as ``line_of`` names it: "total", "manager 7", "department 3",
  "department none", "client 12", "stage 4": its kind and, where it has one, its key.
* ``ask.lines()`` gives the lines of departments and managers, each with the ids of the managers it adds up; None among
  them stands for what is nobody's.
* ``ask.all(Event)`` gives every row of a table, read once; narrow it by hand.
* A cell it does not name must be empty or nought; a value it names must be in the report, unless it is nought, or a
  line of a manager where the report is folded.
* What a cell is compared with (``Cell.then``) is checked by asking again over those days.

It must not use the report's own rows, figures or arithmetic. Two lists are its own business::

    QUERIES = [{"variant": "touches"}]                # asked beside the usual questions
    UNCHECKED = {("managers", "note"): "words only"}  # (table, column) → why nobody counts it again
"""
