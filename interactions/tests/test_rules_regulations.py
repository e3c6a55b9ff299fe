"""The pure rules of regulations: what rules whom, what it asks for over a period, when the next contact is due."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.rules.freezing import NOTHING, Frozen, days_between
from interactions.rules.regulations import (
    PARTS,
    Per,
    Regulation,
    RegulationBook,
    asking_days,
    contacts,
    due_on,
    expected,
)

CALL, MEETING = 1, 2
START = dt.date(2026, 1, 1)
SOME_DAY = dt.date(2026, 1, 10)
COMPANY, NORTH, CITY = (), (1,), (1, 7)


def day(number: int) -> dt.date:
    """The so-manieth day of 2026, from 1 on."""
    return START + dt.timedelta(days=number - 1)


def row(times, per=Per.MONTH, *, departments=COMPANY, category="", kind=None, since=START):
    return Regulation(departments, category, kind, since, times, per)


def ruling(rows, departments=CITY, category="A", kind=None, on=SOME_DAY):
    book = RegulationBook(rows)
    found = book.stretches(kind, on, on)
    return found[0].ruling(departments, category) if found else None


class TestWhatRules:
    def test_a_category_beats_a_department(self):
        rows = [row(1), row(2, departments=CITY), row(3, category="A")]
        assert ruling(rows).times == 3

    def test_a_nearer_department_beats_a_farther_one_and_that_the_company(self):
        rows = [row(1), row(2, departments=NORTH), row(3, departments=CITY)]
        assert ruling(rows).times == 3
        assert ruling(rows, departments=(1, 8)).times == 2
        assert ruling(rows, departments=(2,)).times == 1

    def test_of_a_category_the_nearer_department_s(self):
        rows = [row(1, category="A"), row(2, departments=NORTH, category="A"), row(9, departments=CITY)]
        assert ruling(rows).times == 2
        assert ruling(rows, category="B").times == 9

    def test_kinds_are_asked_for_by_themselves(self):
        rows = [row(1, kind=CALL), row(2, kind=MEETING, category="A"), row(3)]
        assert [ruling(rows, kind=kind).times for kind in (CALL, MEETING, None)] == [1, 2, 3]
        assert RegulationBook(rows).kinds == [None, CALL, MEETING]

    def test_no_department_is_ruled_by_the_company_only(self):
        assert ruling([row(1), row(2, departments=NORTH)], departments=()).times == 1
        assert ruling([row(2, departments=NORTH)], departments=()) is None

    def test_a_department_whose_number_begins_alike_is_another(self):
        assert ruling([row(2, departments=(1, 7))], departments=(1, 77)) is None

    def test_a_later_row_takes_the_place_of_an_earlier_one_from_its_day_on(self):
        rows = [row(1), row(4, since=day(20))]
        assert ruling(rows, on=day(19)).times == 1
        assert ruling(rows, on=day(20)).times == 4

    def test_an_ended_row_lets_the_one_above_rule_again_and_nought_asks_for_nothing(self):
        rows = [row(1), row(5, departments=NORTH), row(None, departments=NORTH, since=day(20))]
        assert ruling(rows, on=day(19)).times == 5
        assert ruling(rows, on=day(20)).times == 1
        assert ruling([row(1), row(0, departments=NORTH)]).times == 0

    def test_nothing_rules_before_its_day(self):
        assert ruling([row(1, since=day(11))]) is None


class TestWhatIsExpected:
    @pytest.mark.parametrize(
        ("times", "per", "days", "contacts_"),
        [
            (1, Per.WEEK, 7, 1),
            (1, Per.WEEK, 3, 0),
            (1, Per.WEEK, 4, 1),
            (2, Per.WEEK, 30, 9),
            (1, Per.MONTH, 28, 1),
            (1, Per.MONTH, 31, 1),
            (1, Per.MONTH, 90, 3),
            (1, Per.MONTH, 92, 3),
            (1, Per.MONTH, 365, 12),
            (1, Per.MONTH, 16, 1),
            (1, Per.MONTH, 15, 0),
            (1, Per.QUARTER, 90, 1),
            (1, Per.QUARTER, 30, 0),
            (1, Per.QUARTER, 365, 4),
            (1, Per.HALF_YEAR, 182, 1),
            (1, Per.YEAR, 365, 1),
            (1, Per.YEAR, 90, 0),
            (3, Per.YEAR, 90, 1),
            (0, Per.WEEK, 365, 0),
        ],
    )
    def test_so_many_days_ask_for_so_many_contacts(self, times, per, days, contacts_):
        assert self.over([row(times, per)], day(1), day(days)) == contacts_

    def over(self, rows, first, last, *, held_from=START, held_until=dt.date(2030, 1, 1), frozen=NOTHING, kind=None):
        stretches = RegulationBook(rows).stretches(kind, first, last)
        return expected(stretches, CITY, "A", held_from=held_from, held_until=held_until, frozen=frozen)

    def test_only_the_days_it_was_held_ask(self):
        rows = [row(1)]
        assert self.over(rows, day(1), day(90), held_from=day(61)) == 1
        assert self.over(rows, day(1), day(90), held_until=day(10)) == 0
        assert self.over(rows, day(1), day(90), held_from=day(91)) == 0

    def test_days_off_do_not_ask(self):
        away = Frozen.of(days_between(day(11), day(80)))
        assert self.over([row(1)], day(1), day(90), frozen=away) == 1
        assert self.over([row(1)], day(1), day(90), frozen=Frozen.of(days_between(day(1), day(90)))) == 0

    def test_a_changed_regulation_asks_from_its_day_on_only(self):
        rows = [row(1), row(4, since=day(61))]
        assert self.over(rows, day(1), day(60)) == 2
        assert self.over(rows, day(1), day(90)) == 6
        assert self.over([row(1), row(0, since=day(61))], day(1), day(90)) == 2

    def test_parts_of_two_regulations_are_added_before_they_are_rounded(self):
        # 13 days of one a month and 13 of two: less than a half, and less than one; together 1.28.
        assert self.over([row(1), row(2, since=day(14))], day(1), day(26)) == 1

    @given(st.integers(1, 700), st.integers(0, 700), st.sampled_from(list(Per)), st.integers(0, 20))
    def test_a_cut_period_asks_for_as_much_give_or_take_a_rounding(self, days, cut, per, times):
        rows, last = [row(times, per)], day(days)
        whole = self.over(rows, day(1), last)
        middle = day(min(cut, days))
        parts = self.over(rows, day(1), middle) + self.over(rows, middle + dt.timedelta(days=1), last)
        assert abs(whole - parts) <= 1

    def test_halves_are_rounded_up(self):
        assert [contacts(parts) for parts in (0, PARTS // 2, PARTS // 2 + 1, PARTS, PARTS + PARTS // 2 + 1)] == [
            0, 0, 1, 1, 2,
        ]  # fmt: skip

    @given(st.sets(st.integers(1, 60)), st.integers(1, 60), st.integers(1, 60))
    def test_asking_days_are_the_days_that_are_not_off(self, off, first, last):
        frozen = Frozen.of(day(number) for number in off)
        naive = len([number for number in range(first, last + 1) if number not in off])
        assert asking_days(day(first), day(last), frozen) == naive


class TestWhenTheNextIsDue:
    @pytest.mark.parametrize(
        ("times", "per", "days"),
        [(1, Per.WEEK, 7), (2, Per.WEEK, 3), (1, Per.MONTH, 30), (2, Per.MONTH, 15), (1, Per.QUARTER, 91),
         (1, Per.HALF_YEAR, 182), (1, Per.YEAR, 365), (100, Per.WEEK, 1)],
    )  # fmt: skip
    def test_so_many_days_after_the_last(self, times, per, days):
        due = due_on(row(times, per), last_contact_on=day(100), held_since=day(1))
        assert due == day(100) + dt.timedelta(days=days)

    def test_nobody_spoke_with_him_yet(self):
        assert due_on(row(1), last_contact_on=None, held_since=day(50)) == day(80)

    def test_what_the_former_manager_did_does_not_count_against_the_new_one(self):
        assert due_on(row(1), last_contact_on=day(10), held_since=day(50)) == day(80)

    def test_days_off_put_it_off(self):
        away = Frozen.of(days_between(day(110), day(119)))
        assert due_on(row(1), last_contact_on=day(100), held_since=day(1), frozen=away) == day(140)

    def test_nothing_is_due_before_it_rules(self):
        assert due_on(row(1, since=day(200)), last_contact_on=day(100), held_since=day(1)) == day(200)

    def test_nothing_is_asked_for(self):
        assert due_on(row(0), last_contact_on=day(100), held_since=day(1)) is None
