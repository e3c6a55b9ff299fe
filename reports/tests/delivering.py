"""Reports by letter: a company, and what its letters hold."""

import datetime as dt
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from clients.models import Role
from clients.tests.factories import DepartmentFactory, ManagerFactory
from crm import clock
from reports.delivery import sending, services
from reports.models import ReportDelivery

#: A Friday.
TODAY = dt.date(2026, 11, 20)
MONDAY = dt.date(2026, 11, 23)
DAY = dt.timedelta(days=1)


class Company:
    """A director over two departments, each with a head and a seller; the seller of the first took a client on the
    sixteenth."""

    def __init__(self):
        self.director = person("director", role=Role.DIRECTOR, department=None)
        self.north, self.south = DepartmentFactory(name="North"), DepartmentFactory(name="South")
        self.head = person("head", role=Role.HEAD, department=self.north)
        self.other = person("other", role=Role.HEAD, department=self.south)
        for department, head in ((self.north, self.head), (self.south, self.other)):
            department.head = head
            department.save()
        self.seller = person("seller", department=self.north)
        self.stranger = person("stranger", department=self.south)


def person(name, **kwargs):
    return ManagerFactory(username=name, last_name=name.title(), email=f"{name}@example.com", language="en", **kwargs)


@pytest.fixture
def company(time_machine):
    """At noon of a Friday."""
    time_machine.move_to(clock.at(TODAY), tick=False)
    return Company()


def delivery_of(owner, *recipients, report="exchange", **facts):
    delivery = ReportDelivery(**{"report": report, "name": "Monday report", "every": "week", "day": 1, **facts})
    return services.save_delivery(delivery=delivery, recipients=recipients or [owner], by=owner)


def at(time_machine, day, hour=12):
    time_machine.move_to(clock.at(day, hour), tick=False)


def parts(message, kind):
    return [part for part in message.message().walk() if part.get_content_type() == kind]


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(message):
    (part,) = parts(message, XLSX)
    return CalamineWorkbook.from_filelike(BytesIO(part.get_payload(decode=True)))


def cells(message):
    book = workbook(message)
    return [str(cell) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row]


def send_due() -> int:
    """What the tasks do, one after another; how many letters went out."""
    return sum(sending.send_letter(*each) for each in sending.hand_out())
