"""Identifiers of Russian companies and phone numbers, as people type them."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from clients import validators
from clients.models import Client, ContactPoint
from clients.rules import identifiers
from clients.rules.phones import display_phone, normalise_phone
from clients.tests.factories import ContactPersonFactory, UnassignedClientFactory

RIGHT = [
    (identifiers.inn, "7707083893", "7707083893"),
    (identifiers.inn, " 7707 083-893 ", "7707083893"),
    (identifiers.inn, "500100732259", "500100732259"),
    (identifiers.kpp, "770501001", "770501001"),
    (identifiers.kpp, "7705 0100 1", "770501001"),
    (identifiers.kpp, "7705ab001", "7705AB001"),
    (identifiers.ogrn, "1027700132195", "1027700132195"),
    (identifiers.ogrn, "1 02 77 0013219 5", "1027700132195"),
    (identifiers.ogrn, "304500116000157", "304500116000157"),
    (identifiers.bik, "044525225", "044525225"),
    (identifiers.bik, "04 4525 225", "044525225"),
    (identifiers.bik, "144525225", "144525225"),
    (identifiers.bank_account, "4070 2810 9000 0000 0001", "40702810900000000001"),
]
WRONG = [
    (identifiers.inn, text)
    for text in ("7707083894", "770708389", "77070838933", "500100732258", "500100732269", "INN7707083893", "", "-")
]
WRONG += [
    (identifiers.kpp, text)
    for text in ("77050100", "7705010011", "7705аб001", "7705_1001", "", "АБ0501001", "77050100A", "٧٧٠٥01٠٠١")
]
WRONG += [
    (identifiers.ogrn, text)
    for text in ("1027700132194", "304500116000158", "102770013219", "10277001321951", "", "OGRN")
]
WRONG += [(identifiers.bik, text) for text in ("344525225", "04452522", "0445252255", "04452522a", "", "٠٤٤525225")]
WRONG += [(identifiers.bank_account, text) for text in ("4070281090000000000", "407028109000000000012", "x" * 20, "")]


@pytest.mark.parametrize(("rule", "typed", "stored"), RIGHT, ids=lambda value: getattr(value, "__name__", value))
def test_right_identifiers_are_stored_compact(rule, typed, stored):
    assert rule(typed) == stored


@pytest.mark.parametrize(("rule", "typed"), WRONG, ids=lambda value: getattr(value, "__name__", value))
def test_wrong_identifiers_are_refused(rule, typed):
    with pytest.raises(ValueError):
        rule(typed)


@given(st.text(max_size=24))
@settings(max_examples=200)
def test_any_text_is_either_compacted_to_ascii_or_refused(text):
    for rule in (identifiers.inn, identifiers.kpp, identifiers.ogrn, identifiers.bik, identifiers.bank_account):
        try:
            stored = rule(text)
        except ValueError:
            continue
        assert stored.isascii()
        assert stored.isalnum()
        assert rule(stored) == stored


@given(st.integers(0, 999_999_999))
@settings(max_examples=100)
def test_one_check_digit_fits_an_inn(number):
    fitting = 0
    for digit in range(10):
        try:
            identifiers.inn(f"{number:09d}{digit}")
        except ValueError:
            continue
        fitting += 1
    assert fitting == 1


def _key(account: str, bank: str) -> int:
    weights = [7, 1, 3] * 8
    return sum(int(digit) * weight for digit, weight in zip(bank + account, weights, strict=False)) % 10


@pytest.mark.parametrize(
    ("bik", "account"), [("044525225", "40702810{}38000000001"), ("044525000", "40102810{}45370000003")]
)
def test_the_key_of_an_account_belongs_to_its_bank(bik, account):
    # Accounts at offices of the Bank of Russia (BIK on 000) are keyed by "0" and the office's two digits.
    prefix = bik[-3:] if bik != "044525000" else "025"
    right = [account.format(key) for key in range(10) if _key(account.format(key), prefix) == 0]
    assert len(right) == 1
    for key in range(10):
        if account.format(key) in right:
            assert identifiers.bank_account(account.format(key), bik) == account.format(key)
        else:
            with pytest.raises(ValueError):
                identifiers.bank_account(account.format(key), bik)


def test_a_real_treasury_account_fits_its_bank():
    # The Treasury's single account for Moscow, as printed on tax forms.
    assert identifiers.bank_account("40102810545370000003", "044525000")
    with pytest.raises(ValueError):
        identifiers.bank_account("40102810545370000004", "044525000")


@pytest.mark.parametrize(
    ("validate", "wrong"),
    [
        (validators.validate_inn, "7707083894"),
        (validators.validate_kpp, "1"),
        (validators.validate_ogrn, "1027700132194"),
        (validators.validate_bik, "9"),
        (validators.validate_account, "1"),
        (validators.validate_time_zone, "Moscow"),
        (validators.validate_time_zone, "../etc/passwd"),
        (validators.validate_time_zone, ""),
    ],
)
def test_validators_speak_to_people(validate, wrong):
    with pytest.raises(ValidationError) as raised:
        validate(wrong)
    assert raised.value.messages[0]


def test_a_known_time_zone_is_right():
    validators.validate_time_zone("Asia/Vladivostok")


# --- phones -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "typed",
    [
        "+79161234567",
        "89161234567",
        "79161234567",
        "9161234567",
        "8 (916) 123-45-67",
        "+7 916 123 45 67",
        "8-916-123-45-67",
        " 8.916.123.45.67 ",
        "8\u00a0916\u2009123\u201145\u201367",
        "8/916/1234567",
        "8 (916) 123-45-67 доб. 12",
        "8 916 123 45 67 ext 5",
        "8 916 123 45 67 #5",
    ],
)
def test_a_phone_in_any_format_is_one_number(typed):
    assert normalise_phone(typed, "RU") == "+79161234567"


@pytest.mark.parametrize(
    ("typed", "region", "stored"),
    [
        ("+380 44 123 45 67", "RU", "+380441234567"),
        ("810 49 30 1234567", "RU", "+49301234567"),
        ("030 1234567", "DE", "+49301234567"),
        ("8 800 555-35-35", "RU", "+78005553535"),
    ],
)
def test_numbers_of_other_countries(typed, region, stored):
    assert normalise_phone(typed, region) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "+",
        "phone",
        "телефон",
        "8 916 CALL NOW",
        "8916123456Б",
        "8 916 123 45 67 (Pavel)",
        "112",
        "891612345678901234",
        "8 916 123 45 67, 8 916 123 45 68",
        # Without the code of the city it is a number of nobody knows where.
        "123-45-67",
        "<script>",
        "²³",
    ],
)
def test_what_is_no_phone_is_refused(typed):
    with pytest.raises(ValueError):
        normalise_phone(typed, "RU")


@given(st.text(alphabet="0123456789+-() .xдобabc", max_size=25))
@settings(max_examples=300)
def test_any_text_is_a_number_or_refused(text):
    try:
        number = normalise_phone(text, "RU")
    except ValueError:
        return
    assert number[0] == "+"
    assert number[1:].isdecimal()
    assert len(number) <= 16
    assert normalise_phone(number, "RU") == number


@pytest.mark.parametrize(("stored", "shown"), [("+79161234567", "+7 916 123-45-67"), ("nonsense", "nonsense")])
def test_a_phone_is_shown_in_its_international_form(stored, shown):
    assert display_phone(stored) == shown


# --- in the models ----------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "value", "normalized", "reversed_digits"),
    [
        ("phone", " 8 (916) 123-45-67 ", "+79161234567", "76543216197"),
        ("email", " Pavel@Example.COM ", "pavel@example.com", ""),
    ],
)
def test_a_contact_point_is_normalised_when_saved(kind, value, normalized, reversed_digits):
    point = ContactPoint.objects.create(client=UnassignedClientFactory(), kind=kind, value=value)
    point.refresh_from_db()
    assert (point.value, point.normalized, point.digits_reversed) == (value.strip(), normalized, reversed_digits)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "value"),
    [("phone", "call me"), ("phone", ""), ("email", "pavel"), ("email", "8 916 123 45 67"), ("email", "")],
)
def test_a_wrong_contact_point_is_refused_at_its_value(kind, value):
    point = ContactPoint(client=UnassignedClientFactory(), kind=kind, value=value)
    with pytest.raises(ValidationError) as raised:
        point.full_clean()
    assert "value" in raised.value.message_dict
    with pytest.raises(ValidationError):
        point.save()
    assert not ContactPoint.objects.exists()


@pytest.mark.django_db
def test_a_contact_point_belongs_to_the_client_of_its_person():
    person, stranger = ContactPersonFactory(), UnassignedClientFactory()
    point = ContactPoint(client=stranger, person=person, value="+79161234567")
    with pytest.raises(ValidationError) as raised:
        point.full_clean()
    assert "person" in raised.value.message_dict
    point.save()
    assert point.client == person.client


@pytest.mark.django_db
def test_a_pasted_identifier_is_stored_compact_and_a_wrong_one_named():
    client = Client(
        name="  Romashka   LLC ", inn="7707 083-893", kpp="7705 0100 1", ogrn="1 027 700 132 195", bik="044525000",
        bank_account="4010 2810 5453 7000 0003",
    )  # fmt: skip
    client.full_clean()
    assert (client.name, client.inn, client.kpp, client.ogrn) == (
        "Romashka LLC",
        "7707083893",
        "770501001",
        "1027700132195",
    )
    client.bank_account, client.inn = "40102810545370000004", "7707083894"
    with pytest.raises(ValidationError) as raised:
        client.full_clean()
    assert {"inn", "bank_account"} <= set(raised.value.message_dict)
