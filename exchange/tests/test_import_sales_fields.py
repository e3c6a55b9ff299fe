"""Columns of accounts.csv for the fields a company added to its clients."""

import pytest

from clients.models import Client, CustomField
from crm import clock
from exchange.history.reading import read_folder
from exchange.history.writing import import_history
from exchange.rules.sales_facts import Verdict

pytestmark = pytest.mark.django_db

HEADER = "account,sector,year_established,revenue,employees,office_location,subsidiary_of"
LINES = {
    "sales_teams": ["sales_agent,manager,regional_office", "Anna Snelling,Dustin Brinkmann,Central"],
    "products": ["product,series,sales_price", "GTX Pro,GTX,4821"],
    "sales_pipeline": [
        "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value",
        "A1,Anna Snelling,GTX Pro,Acme,Won,2017-01-05,2017-02-06,1054",
    ],
}


def read(folder, columns, *rows):
    accounts = [f"{HEADER},{columns}", *rows]
    for name, lines in {"accounts": accounts, **LINES}.items():
        (folder / f"{name}.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return read_folder(folder, today=clock.today())


@pytest.fixture
def fields(db):
    CustomField.objects.create(key="limit", label="Credit limit", type="number")
    CustomField.objects.create(key="level", label="Level", type="choice", choices="Gold\nSilver")
    CustomField.objects.create(key="old", label="Of old", is_active=False)


def test_values_come_with_new_clients_and_older_ones_stay_as_they_are(fields, tmp_path):
    files = read(tmp_path, "field:limit,Field:Level", "Acme,retail,1996,1.5,28,Japan,,1 500,gold", "Konex,,,,,,,,")
    assert not [finding for finding in files.findings if "field:" in finding.column]
    import_history(files)
    assert Client.objects.get(name="Acme").custom == {"limit": 1500, "level": "Gold"}
    assert Client.objects.get(name="Konex").custom == {}
    import_history(read(tmp_path, "field:limit", "Acme,retail,1996,1.5,28,Japan,,7", "Konex,,,,,,,5"))
    assert Client.objects.get(name="Acme").custom == {"limit": 1500, "level": "Gold"}


def test_what_is_no_such_value_or_field_is_left_out_and_told(fields, tmp_path):
    rows = ("Acme,retail,1996,1.5,28,Japan,,much,x,y", "Konex,retail,1996,1.5,28,Japan,,5,x,y")
    files = read(tmp_path, "field:limit,field:old,field:nothing", *rows)
    assert [dict(account.custom) for account in files.accounts] == [{}, {"limit": 5}]
    told = [(one.line, one.column, one.value, one.verdict) for one in files.findings]
    assert told == [
        (1, "field:old", "", Verdict.LEFT_OUT),
        (1, "field:nothing", "", Verdict.LEFT_OUT),
        (2, "field:limit", "much", Verdict.LEFT_OUT),
    ]


def test_other_further_columns_are_no_concern_of_ours(fields, tmp_path):
    files = read(tmp_path, "remark,limit", "Acme,retail,1996,1.5,28,Japan,,a,5")
    assert [dict(account.custom) for account in files.accounts] == [{}]
    assert not files.findings
