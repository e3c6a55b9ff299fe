"""Values of reports in words, and whom a report asks whose it shall be."""

from decimal import Decimal
from types import SimpleNamespace

import pytest

from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of
from reports.frame.figures import Unit
from reports.frame.filters import ReportFilter
from reports.frame.values import words


@pytest.mark.parametrize(
    ("value", "said"),
    [(81, "81%"), (Decimal("80.96"), "81%"), (80.94, "80.9%"), (99.97, "100%"), (100.4, "100%"), (0.04, "0%")],
)
def test_there_is_a_place_behind_the_point_only_where_something_stands_in_it(value, said):
    assert words(value, Unit.PERCENT) == said


@pytest.mark.django_db
def test_who_reads_of_himself_only_is_not_asked_whose():
    seller = ManagerFactory(department=DepartmentFactory())

    def asked(reader):
        fields = ReportFilter({}, request=SimpleNamespace(user=reader)).form.fields
        return [name for name in ("department", "manager") if not fields[name].widget.is_hidden]

    assert asked(seller) == []
    assert asked(head_of(seller.department)) == ["department", "manager"]
