"""The desk of the demo company: what the program itself would have made, and enough of it to look at."""

import datetime as dt
import zlib
from pathlib import Path

import pytest
from django.http import QueryDict

from clients import attachments, custom_fields, mentions, occasions, saved_views, tags
from clients.bulk import jobs, outcome
from clients.filters import ClientFilter
from clients.models import (
    Attachment,
    BulkJob,
    Client,
    ClientKind,
    ClientRelation,
    ClientTag,
    CoManager,
    ContactPerson,
    CustomField,
    LetterTemplate,
    Manager,
    Notice,
    PersonRelation,
    PersonTag,
    RecentItem,
    SavedView,
    Tag,
)
from clients.recent import recent_clients
from clients.rules.file_types import HEAD, recognise
from crm import clock
from crm.demo.desk import files, paper
from crm.demo.words import words_of
from crm.web.text import fold
from interactions import same_offer
from interactions.models import Agreement, ClientLetter, Event, ProcessTag
from interactions.reminders import set_remind_at
from interactions.selectors.occasions import rows_of

from .test_company import NOON, TODAY

pytestmark = pytest.mark.django_db


def _manager(username):
    return Manager.objects.get(username=username)


def test_tags_and_fields(made):
    size = Client.objects.count()
    assert 0.18 < ClientTag.objects.values("client").distinct().count() / size < 0.34
    assert PersonTag.objects.exists()
    assert ProcessTag.objects.filter(process__status="open").exists()
    for tag in Tag.objects.all():
        assert tag.search_name == fold(tag.name)
    assert Tag.objects.values("colour").distinct().count() == Tag.objects.count() == 6

    fields = {field.key: field for field in CustomField.objects.all()}
    assert {field.type for field in fields.values()} == {"number", "choice", "date", "yes_no"}
    for field in fields.values():
        field.full_clean()
    filled_in = [client.custom for client in Client.objects.all() if client.custom]
    assert 0.3 < len(filled_in) / size < 0.5
    for custom in filled_in:
        assert all(custom_fields.clean(fields[key], value) == value for key, value in custom.items())
    assert {key for custom in filled_in for key in custom} == set(fields)


def test_files_lie_where_their_rows_say(made, private_dir):
    assert not private_dir.exists()  # nothing is written but by the command
    rows = list(Attachment.objects.select_related("client"))
    assert 0.1 < len({row.client_id for row in rows}) / Client.objects.count() < 0.25
    files.write(made)
    for row in rows:
        content = (private_dir / row.file.name).read_bytes()
        assert (row.size, len(content) < 3000) == (len(content), True)
        assert recognise(row.name, content[:HEAD]) == row.content_type
        assert row.client.created_at <= row.uploaded_at <= NOON
    assert {Path(row.name).suffix for row in rows} >= {".pdf", ".csv", ".txt", ".png"}
    seller = _manager("seller")
    assert attachments.readable_by(seller).filter(client__manager=seller).exists()


def test_papers_are_whole():
    page = paper.pdf(["Offer (1)", "10 pumps"])
    begin = int(page.rsplit(b"startxref\n", 1)[1].split()[0])
    assert page[begin : begin + 4] == b"xref"
    packed = page.split(b"stream\n", 1)[1].split(b"\nendstream", 1)[0]
    assert b"\\(1\\)" in zlib.decompress(packed)
    assert paper.rtf(["Цена", "10"]).count(b"\\u") == 4
    drawing = paper.drawing([(10, 10, 50, 30)])
    assert len(zlib.decompress(drawing.split(b"IDAT", 1)[1][:-16])) == 150 * 241


def test_saved_views_find_something(made):
    seller, head = _manager("seller"), _manager("head")
    views = {view.name: view for view in saved_views.of_list(seller, "client-list")}
    names = made.words.desk.views
    assert set(views) == {names["red_a"], names["silent"], names["leaving"]}
    assert [views[names[key]].is_pinned for key in ("red_a", "silent", "leaving")] == [True, False, True]
    assert views[names["leaving"]].owner == head
    for view in SavedView.objects.filter(page="client-list"):
        view.full_clean()
        found = ClientFilter(QueryDict(view.query), queryset=Client.objects.visible_to(view.owner))
        assert found.is_valid()
        assert saved_views.clean_query(view.query, found.filters) == view.query
    silent = ClientFilter(QueryDict(views[names["silent"]].query), queryset=Client.objects.filter(manager=seller))
    assert silent.qs.exists()


def test_recent_items_may_be_opened(made):
    for username in ("seller", "deputy", "absent", "head", "director", "admin"):
        manager = _manager(username)
        mine = RecentItem.objects.filter(manager=manager)
        assert len(recent_clients(manager)) == mine.count() > 3, username
        assert not mine.filter(seen_at__gt=NOON).exists()


def test_mentions_are_those_the_program_tells(made, monkeypatch):
    seller = _manager("seller")
    told = list(Notice.objects.filter(kind=mentions.MENTION))
    assert [notice.recipient for notice in told].count(seller) == 3
    assert "head" in {notice.recipient.username for notice in told}
    before = list(Notice.objects.order_by("pk").values())
    for notice in told:
        what = notice.data["what"]
        row = _where(notice)
        text = getattr(row, {"event": "text"}.get(what, what))
        by = row.author if what != "notes" else _manager("head.northwest")
        client = row.client if what != "notes" else row
        monkeypatch.setattr("django.utils.timezone.now", lambda moment=notice.created_at: moment)
        mentions.tell("", text, by=by, client=client, url=notice.url, what=what)
        assert (notice.data["who"], notice.data["text"]) == (str(by), mentions._excerpt(text))
    assert list(Notice.objects.order_by("pk").values()) == before


def _where(notice):
    model = Client if notice.data["what"] == "notes" else Event
    return model.objects.get(pk=notice.url.strip("/").split("/")[-1])


def test_reminders_are_those_the_program_sets(made):
    plans = Event.objects.planned().select_related("responsible")
    for plan in plans:
        stored, plan.remind_at = plan.remind_at, None
        set_remind_at(plan, now=NOON)
        assert plan.remind_at == stored, plan
    today = plans.filter(occurred_at__gt=NOON, occurred_at__lt=clock.day_start(TODAY + dt.timedelta(days=1)))
    assert today.filter(remind_at__isnull=False).exists()
    assert today.filter(remind_before__isnull=False).exists()


def test_the_day_of_the_seller_is_lively(made):
    seller, deputy = _manager("seller"), _manager("deputy")
    plans = Event.objects.on_day(TODAY).planned().filter(responsible=seller, client__manager=seller)
    first = plans.earliest("occurred_at").client
    assert first.kind == ClientKind.COMPANY
    related = ClientRelation.objects.of(first)
    assert 3 <= related.count() <= 7
    assert len({relation.kind for relation in related}) >= 3
    for relation in related:
        relation.full_clean()
    here = ContactPerson.objects.filter(client=first)
    assert PersonRelation.objects.filter(target__in=here).exclude(source__client=first).count() >= 3

    promised = Agreement.objects.filter(event__client=first)
    assert set(promised.values_list("status", flat=True)) == {"open", "kept", "broken"}
    assert promised.filter(status="open", side="we", due_on=TODAY).exists()
    assert promised.filter(status="open", side="they", due_on__lt=TODAY).exists()
    assert set(first.custom) == set(CustomField.objects.values_list("key", flat=True))
    assert first.tags.exists()
    assert first.attachments.count() >= 3

    both = [plan for plan in plans if same_offer.of(plan)]
    clash = same_offer.of(both[0])[0]
    assert clash.who == deputy
    assert CoManager.objects.filter(client=both[0].client, manager=deputy).exists()
    assert same_offer.on_card(both[0].client)
    number = Notice.objects.count()
    same_offer.tell(both[0])
    assert Notice.objects.count() == number
    assert Notice.objects.filter(kind=same_offer.KIND, recipient=seller).count() == 1


def test_somebody_is_to_be_congratulated(made):
    seller, head = _manager("seller"), _manager("head")
    mine = occasions.clients_in(seller, "mine")
    coming = occasions.coming(mine, TODAY, 7)
    assert len({day.on for day in coming}) >= 3
    assert sum(day.on == TODAY for day in coming) >= 2
    assert {"birthday", "founding"} <= {day.use for day in coming}
    theirs = occasions.clients_in(head, occasions.default_scope(head)).exclude(manager=seller)
    assert any(day.on == TODAY for day in occasions.coming(theirs, TODAY, 7))
    assert occasions.occasions_ahead(mine, TODAY, 7)

    letter = ClientLetter.objects.get()
    letter.full_clean()
    assert (letter.by, letter.event.kind.code, letter.event.counted_on) == (seller, "letter_out", TODAY)
    assert letter.sent_at <= NOON
    written = [row for row in rows_of(coming) if row.letter]
    assert [row.letter for row in written] == [letter]
    assert written[0].day.person == letter.person
    template = LetterTemplate.objects.filter(use="birthday", language=made.language).first()
    assert "{" not in letter.text
    assert template.text[-20:-14] in template.text  # the template has not been touched


def test_bulk_jobs_can_be_read_and_taken_back(made):
    asked, done = BulkJob.objects.get(owner__username="head"), BulkJob.objects.get(owner__username="seller")
    for job in (asked, done):
        job.full_clean()
        action = jobs.action_of(job)
        found = outcome.outcome(job, action, job.owner)
        assert (found.done, found.done + found.same + found.refused) == (job.changed, job.total)
        assert outcome.asked(job, action)
        assert all(line.row for line in found.lines)
        refusals = {answer["id"] for answer in job.answers if answer["is"] == jobs.REFUSED}
        assert len(refusals) == (2 if job == asked else 0)
        # Refused are those the action still would not take.
        assert not action.rows(job.owner).filter(pk__in=refusals).exists()
        assert jobs.may_undo(job, NOON)
    tagged = [pk for pk, _before in done.before]
    assert tags.with_all(Client.objects.filter(pk__in=tagged), made.words.desk.tags["visit"][0]).count() == len(tagged)
    links = CoManager.objects.count()
    for job in (asked, done):
        assert jobs.put_back(jobs.undo(job=job)) == job.changed > 1
    assert CoManager.objects.count() == links - asked.changed


def test_words_are_said_in_both_languages():
    one, other = (words_of(language).desk for language in ("en", "ru"))
    for name in ("tags", "papers", "views", "mentions"):
        assert getattr(one, name).keys() == getattr(other, name).keys()
    assert [field.key for field in one.fields] == [field.key for field in other.fields]
    for language in ("en", "ru"):
        words = words_of(language)
        for each in words.desk.papers.values():
            assert not each.name.endswith(".pdf") or "".join(each.lines).isascii()
        assert len(words.desk.trade_days) == len(words.industries)
