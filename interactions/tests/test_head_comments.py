"""Private comments of heads: who reads them, who writes them, and that their words are nowhere else."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from clients.models import Notice, Role
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of, held_client
from clients.tests.pages import browser
from interactions import head_comments
from interactions.models import HeadComment
from interactions.notices import COMMENTED
from interactions.tests.factories import event

pytestmark = pytest.mark.django_db
SECRET = "Prompted him thrice"


@pytest.fixture
def talk(company):
    return event(company.client, subject="Talk")


def note(talk, by, **kwargs):
    return head_comments.write(event=talk, text=SECRET, by=by, **kwargs)


def path(name, of):
    return reverse(f"head-comment-{name}", args=[of.pk])


def reads(company, who):
    return (
        SECRET
        in browser(getattr(company, who)).get(HeadComment.objects.get().event.get_absolute_url()).content.decode()
    )


# --- who reads --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("who", "may"), [("head", True), ("director", True), ("anna", False), ("vera", False)])
def test_a_private_comment_is_for_those_who_lead(company, talk, who, may):
    note(talk, company.head)
    assert reads(company, who) is may


@pytest.mark.parametrize(("who", "may"), [("head", True), ("anna", True), ("vera", False), ("boris", False)])
def test_one_for_the_responsible_is_his_too(company, talk, who, may):
    note(talk, company.head, for_responsible=True)
    assert reads(company, who) is may


def test_nobody_else_knows_of_the_event(company, talk):
    note(talk, company.head, for_responsible=True)
    for who in ("petr", "other_head"):
        assert browser(getattr(company, who)).get(talk.get_absolute_url()).status_code == 404


def test_a_head_does_not_read_what_is_noted_about_his_own_work():
    department = DepartmentFactory()
    head, director = head_of(department), ManagerFactory(role=Role.DIRECTOR)
    talk = event(held_client(head))
    private, own = note(talk, director), note(talk, head)
    assert list(head_comments.readable_by(head)) == [own]
    assert set(head_comments.readable_by(director)) == {private, own}
    head_comments.change(comment=private, text=SECRET, for_responsible=True)
    assert set(head_comments.readable_by(head)) == {private, own}


def test_who_leads_no_more_reads_no_more(company, talk):
    note(talk, company.head)
    company.head.department.head = None
    company.head.department.save()
    company.head.role = Role.SALESPERSON
    company.head.save()
    assert not head_comments.readable_by(type(company.head).objects.get(pk=company.head.pk)).exists()


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("event-list", {"who": "all", "q": "thrice"}),
        ("event-list", {"who": "all", "cols": "what,details,result"}),
        ("event-export", {"who": "all"}),
        ("search", {"q": "thrice"}),
        ("my-day", {}),
        ("notice-list", {}),
    ],
)
def test_its_words_are_nowhere_else(company, talk, name, query):
    note(talk, company.head, for_responsible=True)
    for who in (company.head, company.anna):
        answer = browser(who).get(reverse(name), query)
        content = answer.getvalue() if answer.streaming else answer.content
        assert "Prompted" not in content.decode(errors="replace")
    assert "Prompted" not in browser(company.head).get(company.client.get_absolute_url()).content.decode()


def test_the_admin_may_name_it_without_its_words(talk, company):
    assert "Prompted" not in str(note(talk, company.head))


# --- who writes -------------------------------------------------------------------------------------------------------
def test_the_head_notes_something(company, talk):
    head = browser(company.head)
    assert head.post(path("create", talk), {"text": "  "}).status_code == 422
    answer = head.post(path("create", talk), {"text": SECRET, "for_responsible": "on"})
    assert answer["Location"] == f"{talk.get_absolute_url()}#head-comments"
    comment = HeadComment.objects.get()
    assert (comment.author, comment.event, comment.for_responsible) == (company.head, talk, True)


@pytest.mark.parametrize(("who", "status"), [("anna", 403), ("vera", 403), ("petr", 403), ("other_head", 404)])
def test_nobody_else_does(company, talk, who, status):
    assert browser(getattr(company, who)).post(path("create", talk), {"text": SECRET}).status_code == status
    assert not HeadComment.objects.exists()


def test_everybody_changes_and_deletes_his_own(company, talk):
    comment = note(talk, company.head)
    director, head = browser(company.director), browser(company.head)
    assert director.post(path("update", comment), {"text": "x"}).status_code == 404
    assert director.post(path("delete", comment)).status_code == 404
    assert head.post(path("update", comment), {"text": "Better"}).status_code == 302
    comment.refresh_from_db()
    assert (comment.text, comment.changed_at is not None) == ("Better", True)
    assert head.post(path("delete", comment)).status_code == 302
    assert not HeadComment.objects.exists()


def test_a_comment_says_something(company, talk):
    with pytest.raises(ValidationError):
        head_comments.write(event=talk, text="  ", by=company.head)


# --- who is told ------------------------------------------------------------------------------------------------------
def told():
    return list(Notice.objects.filter(kind=COMMENTED).values_list("recipient", flat=True))


def test_the_responsible_is_told_once_where_it_is_meant_for_him(company, talk):
    comment = note(talk, company.head)
    assert told() == []
    for text in ("For you", "For you, too"):
        head_comments.change(comment=comment, text=text, for_responsible=True)
    assert told() == [company.anna.pk]


def test_nobody_is_told_of_his_own(company, talk):
    type(talk).objects.filter(pk=talk.pk).update(responsible=company.head)
    note(talk, company.head, for_responsible=True)
    assert told() == []
