"""The pages of stages: what is missing and where it is done, the head's word, the files of a sale, the settings."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from clients.models import Notice
from clients.tests.factories import ManagerFactory, exchange_client, held_client, upload
from clients.tests.pages import browser
from interactions import file_links, sales, stage_approvals
from interactions.models import FileLink, LossReason, ProcessKind, SalesProcess, Stage, StageApproval, StageCondition
from interactions.tests.factories import event, kind, process

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
WORKERS = ["anna", "vera", "boris", "head", "director"]
STRANGERS = ["petr", "other_head"]
What = StageCondition.What


@pytest.fixture
def sale(company):
    """At the first stage of a controlled kind, which asks for everything."""
    made = process(company.client, kind_name="Large sale", title="Ten pumps")
    for facts in (
        {"what": What.FIELD, "field": "amount"},
        {"what": What.EVENT, "event_kind": kind("meeting")},
        {"what": What.FILE},
        {"what": What.APPROVAL},
    ):
        StageCondition.objects.create(stage=made.stage, **facts)
    return made


def path(name, of):
    return reverse(name, args=[of.pk])


def offer(name="offer.txt"):
    return SimpleUploadedFile(name, b"Our offer " + name.encode())


def following(sale):
    return sale.kind.stages.order_by("position")[1]


# --- what is missing --------------------------------------------------------------------------------------------------
def test_the_page_of_a_sale_leads_to_everything_that_is_missing(company, sale):
    page = browser(company.anna)
    text = page.get(sale.get_absolute_url()).content.decode()
    for words in ("Amount: filled in", "Meeting: done in this sale", "A file is attached", "Ask the head"):
        assert words in text, words
    refused = page.post(path("process-move", sale), {"stage": following(sale).pk}, follow=True).content.decode()
    assert "Before it leaves" in refused
    assert "Amount: filled in; Meeting: done in this sale" in refused

    sale.amount = 100
    sales.change_process(process=sale, by=company.anna)
    event(company.client, code="meeting", process=sale)
    file_links.upload(subject=sale, upload=offer(), by=company.anna)
    stage_approvals.decide(process=sale, by=company.head, approve=True)
    assert "all is there" in page.get(sale.get_absolute_url()).content.decode()
    page.post(path("process-move", sale), {"stage": following(sale).pk})
    sale.refresh_from_db()
    assert sale.stage == following(sale)


def test_the_box_of_the_stage_is_read_anew(company, sale):
    page = browser(company.anna)
    url = path("process-stage", sale)
    assert page.get(url).url == sale.get_absolute_url()
    assert page.get(url, headers=HTMX).content.decode().count("is-met") == 0
    file_links.upload(subject=sale, upload=offer(), by=company.anna)
    text = page.get(url, headers=HTMX).content.decode()
    assert text.count("is-met") == 1
    assert "<html" not in text


def test_a_manual_kind_is_advised(company):
    sale = process(company.client)
    StageCondition.objects.create(stage=sale.stage, what=What.FILE)
    text = browser(company.anna).get(sale.get_absolute_url()).content.decode()
    assert "advice" in text


def test_a_closed_sale_asks_for_nothing(company, sale):
    sales.close_process(process=sale, won=False, by=company.anna, loss_reason=LossReason.objects.first())
    assert "done in this sale" not in browser(company.anna).get(sale.get_absolute_url()).content.decode()


# --- the head's word --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", WORKERS)
def test_whoever_works_on_the_sale_asks_and_the_head_is_told(company, sale, who):
    asker = getattr(company, who)
    browser(asker).post(path("stage-approval-ask", sale), {"words": "Credit of 30 days"})
    asked = StageApproval.objects.get()
    assert (asked.asked_by, asked.question, asked.status) == (asker, "Credit of 30 days", "pending")
    told = Notice.objects.filter(kind="stage.asked").values_list("recipient", flat=True)
    assert list(told) == ([] if who == "head" else [company.head.pk])


@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_neither_asks_nor_decides(company, sale, who):
    page = browser(getattr(company, who))
    for name in ("stage-approval-ask", "stage-approval-withdraw", "stage-approval-decide"):
        assert page.post(path(name, sale), {"decision": "approve"}).status_code == 404
    assert not StageApproval.objects.exists()


@pytest.mark.parametrize("who", ["anna", "vera", "boris"])
def test_who_works_on_the_sale_does_not_decide(company, sale, who):
    stage_approvals.ask(process=sale, by=company.anna)
    page = browser(getattr(company, who))
    assert page.post(path("stage-approval-decide", sale), {"decision": "approve"}).status_code == 403
    assert StageApproval.objects.get().status == "pending"


@pytest.mark.parametrize("who", ["head", "director"])
@pytest.mark.parametrize(("decision", "status"), [("approve", "approved"), ("reject", "rejected")])
def test_the_head_answers_and_who_asked_is_told(company, sale, who, decision, status):
    asked = stage_approvals.ask(process=sale, by=company.anna, question="Credit")
    page = browser(getattr(company, who))
    listed = page.get(reverse("stage-approval-list")).content.decode()
    assert "Ten pumps" in listed
    assert "Credit" in listed
    page.post(path("stage-approval-decide", sale), {"decision": decision, "words": "For once", "question": asked.pk})
    asked.refresh_from_db()
    assert (asked.status, asked.answer, asked.decided_by) == (status, "For once", getattr(company, who))
    notice = Notice.objects.get(kind="stage.decided")
    assert notice.recipient == company.anna
    assert "Ten pumps" in browser(company.anna).get(reverse("notice-list")).content.decode()
    # A second answer to the same question comes too late.
    late = page.post(path("stage-approval-decide", sale), {"decision": "reject", "question": asked.pk}, headers=HTMX)
    assert late.status_code == 409
    text = browser(company.anna).get(sale.get_absolute_url()).content.decode()
    assert "For once" in text
    mine = browser(company.anna).get(f"{reverse('stage-approval-list')}?status={status}").content.decode()
    assert "Ten pumps" in mine


def test_the_list_of_questions_is_of_ones_own_people(company, sale):
    stage_approvals.ask(process=sale, by=company.anna)
    for who, seen in (("anna", True), ("head", True), ("director", True), ("petr", False), ("other_head", False)):
        listed = browser(getattr(company, who)).get(reverse("stage-approval-list")).content.decode()
        assert ("Ten pumps" in listed) is seen, who
    browser(company.anna).post(path("stage-approval-withdraw", sale))
    assert "Ten pumps" not in browser(company.head).get(reverse("stage-approval-list")).content.decode()


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"decision": "maybe"},
        {"decision": "approve", "question": "x"},
        {"decision": "approve", "question": "9" * 30},
        {"decision": "approve", "words": "x" * 501},
    ],
)
def test_nonsense_decides_nothing(company, sale, bad):
    stage_approvals.ask(process=sale, by=company.anna)
    assert browser(company.head).post(path("stage-approval-decide", sale), bad, headers=HTMX).status_code == 422
    assert StageApproval.objects.get().status == "pending"


# --- files ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", WORKERS)
def test_files_are_sent_to_the_sale_and_taken_away_again(company, sale, who):
    page = browser(getattr(company, who))
    sent = page.post(path("process-files", sale), {"files": [offer("a.txt"), offer("b.txt")]}, headers=HTMX)
    assert sent.status_code == 200
    assert sent["HX-Trigger"] == "list-refresh"
    text = page.get(path("process-files", sale), headers=HTMX).content.decode()
    assert "a.txt" in text
    assert "b.txt" in text
    assert "a.txt" in page.get(sale.get_absolute_url()).content.decode()
    link = FileLink.objects.first()
    page.post(reverse("process-file-remove", args=[sale.pk, link.pk]), headers=HTMX)
    assert FileLink.objects.count() == 1
    # The client has kept it, and it can be attached again.
    assert company.client.attachments.present().count() == 2
    page.post(path("process-files", sale), {"attachment": link.attachment_id})
    assert FileLink.objects.filter(process=sale).count() == 2


def test_a_file_that_is_not_taken_says_why(company, sale):
    sent = browser(company.anna).post(
        path("process-files", sale), {"files": [offer(), SimpleUploadedFile("virus.exe", b"MZ")]}, headers=HTMX
    )
    assert sent.status_code == 422
    assert "virus.exe" in sent.content.decode()
    assert FileLink.objects.count() == 1
    assert browser(company.anna).post(path("process-files", sale), {}).status_code == 422


@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_knows_of_no_files(company, sale, who):
    link = file_links.upload(subject=sale, upload=offer(), by=company.anna)
    page = browser(getattr(company, who))
    assert page.get(path("process-files", sale)).status_code == 404
    assert page.post(path("process-files", sale), {"files": [offer("b.txt")]}).status_code == 404
    assert page.post(reverse("process-file-remove", args=[sale.pk, link.pk])).status_code == 404
    assert FileLink.objects.count() == 1


def test_only_a_file_of_the_same_client_is_attached(company, sale):
    own = held_client(company.anna)
    foreign = upload(own, by=company.anna)
    other = process(own)
    link = file_links.link(subject=other, attachment=foreign)
    page = browser(company.anna)
    for attachment in (foreign.pk, "x", "9" * 30):
        assert page.post(path("process-files", sale), {"attachment": attachment}).status_code == 404
    assert page.post(reverse("process-file-remove", args=[sale.pk, link.pk])).status_code == 404
    assert FileLink.objects.get() == link


def test_files_are_hidden_with_the_contacts(company):
    client = exchange_client(company.anna)
    client.co_managements.create(manager=company.petr)
    sale = process(client, by=company.director)
    file_links.link(subject=sale, attachment=upload(client, by=company.director, name="secret.txt"))
    page = browser(company.petr)
    text = page.get(sale.get_absolute_url()).content.decode()
    assert "secret.txt" not in text
    assert "Shown together with the contacts" in text
    assert page.get(path("process-files", sale)).status_code == 404


# --- settings ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def admin():
    return browser(ManagerFactory(is_staff=True, is_superuser=True))


def _kind_form(kind, stages, **more):
    facts = {"name": kind.name, "control": kind.control, "position": kind.position, "is_active": "on"}
    facts |= {"stages-TOTAL_FORMS": len(stages), "stages-INITIAL_FORMS": sum(bool(pk) for pk, *_ in stages)}
    for number, (pk, name, position) in enumerate(stages):
        row = {
            "id": pk,
            "process_kind": kind.pk,
            "name": name,
            "position": position,
            "probability": 10,
            "colour": "blue",
        }
        facts |= {f"stages-{number}-{key}": value for key, value in row.items()}
    return facts | more


def test_stages_change_places_and_new_ones_come(admin):
    kind = ProcessKind.objects.get(name="Large sale")
    first, second, *rest = kind.stages.order_by("position")
    rows = [(first.pk, first.name, second.position), (second.pk, second.name, first.position)]
    rows += [(stage.pk, stage.name, stage.position) for stage in rest] + [("", "After sale", 500)]
    url = reverse("admin:interactions_processkind_change", args=[kind.pk])
    saved = admin.post(url, _kind_form(kind, rows))
    assert saved.status_code == 302, saved.context["errors"]
    names = [stage.name for stage in kind.stages.order_by("position")]
    assert names == [second.name, first.name, *(stage.name for stage in rest), "After sale"]
    assert max(stage.position for stage in kind.stages.all()) == 500
    twice = [(pk, name, 7) for pk, name, _position in rows[:-1]]
    assert "Two stages have the order 7" in admin.post(url, _kind_form(kind, twice)).content.decode()


def test_a_stage_is_set_up_on_its_page(admin):
    stage = Stage.objects.filter(process_kind__name="Large sale").first()
    url = reverse("admin:interactions_stage_change", args=[stage.pk])
    assert "Amount" in admin.get(url).content.decode()
    facts = {"name": stage.name, "probability": 10, "colour": "teal", "allowed_idle_days": 5}
    facts |= {"conditions-TOTAL_FORMS": 2, "conditions-INITIAL_FORMS": 0}
    facts |= {"conditions-0-what": "field", "conditions-0-field": "amount", "conditions-0-position": 10}
    facts |= {"conditions-1-what": "event", "conditions-1-event_kind": kind("meeting").pk, "conditions-1-position": 20}
    facts |= {"tasks-TOTAL_FORMS": 1, "tasks-INITIAL_FORMS": 0, "tasks-0-kind": kind().pk}
    facts |= {"tasks-0-subject": "Call", "tasks-0-due_days": 2, "tasks-0-position": 10}
    saved = admin.post(url, facts)
    assert saved.status_code == 302, saved.context["errors"]
    assert list(stage.conditions.values_list("what", flat=True)) == ["field", "event"]
    assert stage.tasks.get().subject == "Call"
    wrong = facts | {"conditions-0-field": "", "conditions-1-event_kind": kind("process_won").pk}
    assert admin.post(url, wrong).status_code == 200
    assert stage.conditions.count() == 2


def test_a_stage_sales_have_been_at_stays(admin, sale):
    StageCondition.objects.all().delete()
    first, second = sale.stage, following(sale)
    sales.move_process(process=sale, stage=second, by=sale.responsible)
    for stage, words in ((first, "0 open sales are here"), (second, "1 open sale is here")):
        page = admin.get(reverse("admin:interactions_stage_change", args=[stage.pk])).content.decode()
        assert words in page
        assert "can be renamed, but not deleted" in page
        delete = reverse("admin:interactions_stage_delete", args=[stage.pk])
        assert admin.post(delete, {"post": "yes"}).status_code == 403
    kind_delete = reverse("admin:interactions_processkind_delete", args=[sale.kind_id])
    assert admin.post(kind_delete, {"post": "yes"}).status_code == 403
    unused = sale.kind.stages.order_by("position").last()
    assert admin.post(reverse("admin:interactions_stage_delete", args=[unused.pk]), {"post": "yes"}).status_code == 302
    assert not Stage.objects.filter(pk=unused.pk).exists()
    assert SalesProcess.objects.filter(pk=sale.pk).exists()
