"""Fields a company adds: what is typed comes back, is found, and leaves what it does not name alone."""

import csv
import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.signals import request_finished, request_started
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from clients import custom_fields, services
from clients.custom_filters import folded_pattern
from clients.custom_types import DECIMALS
from clients.filters import ClientFilter
from clients.models import Client, CustomField
from clients.tests.factories import ManagerFactory, UnassignedClientFactory, held_client
from crm.web.exports import csv_lines, safe_cell
from crm.web.text import fold

Type = CustomField.Type


def field(kind: str, key: str = "extra", **kwargs) -> CustomField:
    choices = {"choices": "Gold\nSilver\nЁлочный"} if kind == Type.CHOICE else {}
    return CustomField(key=key, label=kwargs.pop("label", key.capitalize()), type=kind, **{**choices, **kwargs})


FIELDS = {kind: field(kind) for kind in Type.values}


@pytest.mark.parametrize(
    ("kind", "raw", "stored", "words"),
    [
        (Type.TEXT, "  two   words ", "two words", "two words"),
        (Type.TEXT, "", None, ""),
        (Type.TEXT, None, None, ""),
        (Type.TEXT, "   ", None, ""),
        (Type.TEXT, "0", "0", "0"),
        (Type.NUMBER, "1500", 1500, "1,500"),
        (Type.NUMBER, "0", 0, "0"),
        (Type.NUMBER, "-2.5", -2.5, "-2.5"),
        (Type.NUMBER, Decimal("99999999999.1234"), 99999999999.1234, "99,999,999,999.1234"),
        (Type.NUMBER, 1500, 1500, "1,500"),
        (Type.NUMBER, "", None, ""),
        (Type.DATE, "2024-03-15", "2024-03-15", "03/15/2024"),
        (Type.DATE, dt.date(2024, 3, 15), "2024-03-15", "03/15/2024"),
        (Type.DATE, "", None, ""),
        (Type.CHOICE, "Gold", "Gold", "Gold"),
        (Type.CHOICE, "", None, ""),
        (Type.YES_NO, "yes", True, "yes"),
        (Type.YES_NO, "no", False, "no"),
        (Type.YES_NO, False, False, "no"),
        (Type.YES_NO, "", None, ""),
    ],
)
def test_what_is_typed_is_stored_and_shown(kind, raw, stored, words):
    value = custom_fields.clean(FIELDS[kind], raw)
    assert (value, type(value)) == (stored, type(stored))
    assert custom_fields.words(FIELDS[kind], value) == words
    # What is stored may be checked again.
    assert custom_fields.clean(FIELDS[kind], value) == stored


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (Type.TEXT, "x" * 501),
        (Type.TEXT, "a\0b"),
        *((Type.NUMBER, raw) for raw in ("twelve", "NaN", "Infinity", "1e400", "1234567890123456", "0.00001")),
        *((Type.DATE, raw) for raw in ("yesterday", "2024-02-30", "31")),
        *((Type.CHOICE, raw) for raw in ("Bronze", "gold")),
        *((Type.YES_NO, raw) for raw in ("perhaps", "1")),
    ],
)
def test_what_is_no_such_value_is_refused(kind, raw):
    with pytest.raises(ValidationError):
        custom_fields.clean(FIELDS[kind], raw)


def test_a_choice_no_longer_offered_may_stay_but_not_be_chosen():
    assert custom_fields.clean(FIELDS[Type.CHOICE], "Bronze", before="Bronze") == "Bronze"
    with pytest.raises(ValidationError):
        custom_fields.clean(FIELDS[Type.CHOICE], "Bronze", before="Gold")


@pytest.mark.parametrize(
    ("kind", "text", "stored"),
    [
        (Type.TEXT, " Ёлка ", "Ёлка"),
        (Type.NUMBER, "1 234,50", 1234.5),
        (Type.NUMBER, "1\u00a0234\u202f567", 1234567),
        (Type.NUMBER, "1234.5", 1234.5),
        (Type.NUMBER, "\u22125", -5),
        (Type.DATE, "15.03.2024", "2024-03-15"),
        (Type.DATE, "5.3.2024", "2024-03-05"),
        (Type.DATE, "2024-03-15", "2024-03-15"),
        (Type.CHOICE, "GOLD", "Gold"),
        (Type.CHOICE, "елочный", "Ёлочный"),
        *((Type.YES_NO, text, True) for text in ("Да", "yes", "1", "TRUE", "+")),
        *((Type.YES_NO, text, False) for text in ("нет", "No", "0", "false", "-")),
        *((kind, "  ", None) for kind in Type.values),
    ],
)
def test_a_cell_of_a_file_is_understood(kind, text, stored):
    assert custom_fields.from_text(FIELDS[kind], text) == stored


@pytest.mark.parametrize(
    ("kind", "text"), [(Type.NUMBER, "1 2"), (Type.NUMBER, "1,2,3"), (Type.DATE, "31.02.2024"), (Type.YES_NO, "2")]
)
def test_a_cell_that_is_not_understood_is_refused(kind, text):
    with pytest.raises(ValidationError):
        custom_fields.from_text(FIELDS[kind], text)


VALUES = st.one_of(
    st.tuples(st.just(Type.TEXT), st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60)),
    st.tuples(
        st.just(Type.NUMBER), st.decimals(-(10**10), 10**10, places=DECIMALS, allow_nan=False, allow_infinity=False)
    ),
    st.tuples(st.just(Type.DATE), st.dates()),
    st.tuples(st.just(Type.CHOICE), st.sampled_from(["", *FIELDS[Type.CHOICE].options])),
    st.tuples(st.just(Type.YES_NO), st.sampled_from(["", True, False])),
)


@given(VALUES, st.sampled_from(["en", "ru"]))
def test_what_leaves_in_a_file_comes_back_the_same(typed, language):
    kind, raw = typed
    with translation.override(language):
        stored = custom_fields.clean(FIELDS[kind], raw)
        cell = custom_fields.to_cell(FIELDS[kind], stored)
        # As a CSV file writes it, the apostrophe before what would be a formula taken off again.
        lines = "".join(csv_lines(["h"], [[cell]])).splitlines(keepends=True)[1:]
        read = next(csv.reader(lines, delimiter=";" if language == "ru" else ","), [""])[0]
        is_marked = isinstance(cell, str) and safe_cell(cell) != cell
        assert custom_fields.from_text(FIELDS[kind], read[1:] if is_marked else read) == stored


@pytest.mark.parametrize("kind", Type.values)
def test_what_another_program_left_there_is_shown_as_it_stands(kind):
    for value in ([1], {"a": 1}, "–"):
        assert isinstance(custom_fields.words(FIELDS[kind], value), str)
        custom_fields.to_cell(FIELDS[kind], value)


# --- who has which fields ---------------------------------------------------------------------------------------------
def save(kind: str, key: str = "extra", **kwargs) -> CustomField:
    made = field(kind, key, **kwargs)
    made.full_clean()
    made.save()
    return made


@pytest.mark.django_db
def test_fields_are_asked_for_once_a_request_and_a_change_is_seen_at_once(django_assert_num_queries):
    save(Type.TEXT, "one")
    with django_assert_num_queries(2):
        assert [custom_fields.active(), custom_fields.active()]
    custom_fields._begin()
    try:
        with django_assert_num_queries(1):
            assert custom_fields.active() == custom_fields.active()
        save(Type.TEXT, "two")
        assert [one.key for one in custom_fields.active()] == ["one", "two"]
        # Another process: the next request asks anew.
        CustomField.objects.filter(key="two").update(is_active=False)
        custom_fields._begin()
        assert [one.key for one in custom_fields.active()] == ["one"]
    finally:
        custom_fields._end()


def test_requests_begin_and_end_with_an_empty_memory():
    for signal in (request_started, request_finished):
        assert any(uid[0].startswith("custom_fields") for uid, *_ in signal.receivers if isinstance(uid[0], str))


@pytest.mark.django_db
def test_only_what_is_named_is_written():
    user = ManagerFactory()
    save(Type.TEXT, "one")
    save(Type.NUMBER, "two")
    gone = save(Type.TEXT, "gone")
    client = held_client(user, custom={"one": "a", "gone": "kept"})
    CustomField.objects.filter(pk=gone.pk).update(is_active=False)
    old = Client.objects.get(pk=client.pk)
    services.update_client(client=Client.objects.get(pk=client.pk), by=user, custom={"two": "7"})
    # Somebody had the form open meanwhile, and changes something else.
    old.city = "Tomsk"
    services.update_client(client=old, by=user)
    services.update_client(client=old, by=user, custom={"one": ""})
    client.refresh_from_db()
    assert client.custom == {"two": 7, "gone": "kept"}
    assert client.city == "Tomsk"
    assert client.history.first().custom == client.custom


@pytest.mark.django_db
def test_a_wrong_value_stands_at_its_field_and_nothing_is_saved():
    user = ManagerFactory()
    save(Type.NUMBER, "two")
    client = held_client(user, city="Omsk")
    client.city = "Tomsk"
    with pytest.raises(ValidationError) as refused:
        services.update_client(client=client, by=user, custom={"two": "many", "nothing": "1"})
    assert set(refused.value.error_dict) == {"cf_two", "cf_nothing"}
    client.refresh_from_db()
    assert (client.city, client.custom) == ("Omsk", {})


# --- filters ----------------------------------------------------------------------------------------------------------
def found(**query) -> set[str]:
    filterset = ClientFilter({name.replace("__", "-"): value for name, value in query.items()}, Client.objects.all())
    assert filterset.form.is_valid(), filterset.form.errors
    return set(filterset.qs.values_list("name", flat=True))


@pytest.fixture
def filled(db):
    for kind in Type.values:
        save(kind, kind)
    rows = {
        "A": {"text": "Ёлки и Сосны", "number": 9, "date": "2024-03-15", "choice": "Gold", "yes_no": True},
        "B": {"text": "50% (a|b).*", "number": 10.5, "date": "2024-10-01", "choice": "Silver", "yes_no": False},
        "C": {"text": "OAK Straße", "number": -100, "date": "1999-12-31", "choice": "Ёлочный"},
        "D": {},
    }
    for name, custom in rows.items():
        UnassignedClientFactory(name=name, custom=custom)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, "ABCD"),
        ({"cf_text": "елки"}, "A"),
        ({"cf_text": "СОСНЫ"}, "A"),
        ({"cf_text": "и  сос"}, "A"),
        ({"cf_text": "oak"}, "C"),
        ({"cf_text": "50%"}, "B"),
        ({"cf_text": "_"}, ""),
        ({"cf_text": "(a|b).*"}, "B"),
        ({"cf_text": "[ab]"}, ""),
        ({"cf_text": "\\"}, ""),
        ({"cf_number__from": "9"}, "AB"),
        ({"cf_number__from": "9.5"}, "B"),
        ({"cf_number__to": "9"}, "AC"),
        ({"cf_number__from": "0", "cf_number__to": "10"}, "A"),
        ({"cf_date__from": "2024-03-15"}, "AB"),
        ({"cf_date__to": "2024-03-15"}, "AC"),
        ({"cf_date__from": "2024-01-01", "cf_date__to": "2024-09-30"}, "A"),
        ({"cf_choice": ["Gold"]}, "A"),
        ({"cf_choice": ["Gold", "Ёлочный"]}, "AC"),
        ({"cf_choice": ["-"]}, "D"),
        ({"cf_choice": ["Silver", "-"]}, "BD"),
        ({"cf_yes_no": "yes"}, "A"),
        ({"cf_yes_no": "no"}, "B"),
        ({"cf_yes_no": "-"}, "CD"),
        ({"cf_yes_no": "no", "cf_choice": ["Gold"]}, ""),
    ],
)
def test_a_filter_finds(filled, query, names):
    assert found(**query) == set(names)


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["contains", "has_key", "exact", "a__b", "in", "isnull"])
def test_a_key_may_be_called_like_a_lookup(key):
    save(Type.TEXT, key)
    UnassignedClientFactory(name="A", custom={key: "here"})
    UnassignedClientFactory(name="B")
    filterset = ClientFilter({f"cf_{key}": "her"}, Client.objects.all())
    assert [client.name for client in filterset.qs] == ["A"]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", Type.values)
@pytest.mark.parametrize("text", ["abc", "a\0b", "9" * 400, "1e400", "-1", "٣²", "', 1=1", "NaN"])
def test_nonsense_in_a_filter_is_no_error(kind, text):
    save(kind)
    UnassignedClientFactory(custom={"extra": "x"})
    for name in ("cf_extra", "cf_extra-from", "cf_extra-to"):
        list(ClientFilter({name: text}, Client.objects.all()).qs)


@pytest.mark.django_db
def test_a_field_out_of_use_or_not_for_filters_filters_nothing():
    save(Type.TEXT, "off", is_active=False)
    save(Type.TEXT, "plain", is_filter=False)
    save(Type.NUMBER, "sum")
    assert {name for name in ClientFilter({}).filters if name.startswith("cf_")} == {"cf_sum-from", "cf_sum-to"}
    assert custom_fields.columns() == [("cf_plain", "Plain"), ("cf_sum", "Sum")]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30))
def test_the_pattern_finds_what_it_is_made_of(text):
    import re

    pattern = re.compile(folded_pattern(text))
    assert pattern.search(fold(text))
    assert pattern.search(fold(text).upper()) or len(fold(text).upper()) != len(fold(text))
