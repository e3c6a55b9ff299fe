"""``{% url %}`` of all templates answers what Django's does."""

import pytest
from django.template import Context, Template
from django.urls import NoReverseMatch, reverse, set_script_prefix

from clients.models import Client


def _drawn(words, **context):
    return Template(words).render(Context(context))


@pytest.mark.parametrize("pk", [0, 7, 10**12])
def test_a_route_with_a_number(pk):
    assert _drawn('{% url "client-detail" pk %}', pk=pk) == reverse("client-detail", args=[pk])
    assert _drawn('{% url "client-detail" client.pk %}', client=Client(pk=pk)) == reverse("client-detail", args=[pk])
    assert _drawn('{% url "client-detail" pk=pk %}', pk=pk) == reverse("client-detail", args=[pk])
    assert (
        _drawn('{% url "client-detail" pk as there %}[{{ there }}]', pk=pk)
        == f"[{reverse('client-detail', args=[pk])}]"
    )


def test_a_route_without_an_argument():
    assert _drawn('{% url "client-list" %}') == reverse("client-list")
    assert _drawn("{% url name %}", name="client-list") == reverse("client-list")
    assert _drawn('{% url "admin:index" %}') == reverse("admin:index")


def test_a_word_is_escaped_as_ever():
    with pytest.raises(NoReverseMatch):
        _drawn('{% url "client-detail" pk %}', pk="<b>")
    assert _drawn('{% url "client-detail" pk %}', pk="12") == reverse("client-detail", args=[12])


def test_what_is_no_route_is_an_error():
    with pytest.raises(NoReverseMatch):
        _drawn('{% url "nowhere" 1 %}')
    with pytest.raises(NoReverseMatch):
        _drawn('{% url "client-detail" %}')
    with pytest.raises(NoReverseMatch):
        _drawn('{% url "client-list" 3 %}')
    with pytest.raises(NoReverseMatch):
        _drawn('{% url "client-detail" "" %}')


def test_where_the_program_lives_under_a_path():
    set_script_prefix("/crm/")
    try:
        assert _drawn('{% url "client-detail" 3 %}') == "/crm/clients/3/"
    finally:
        set_script_prefix("/")
    assert _drawn('{% url "client-detail" 3 %}') == "/clients/3/"
