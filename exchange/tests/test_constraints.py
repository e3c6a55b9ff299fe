"""Every constraint is in the database, not only in forms: each is broken past the models, and the database refuses."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from clients.models import (
    Absence,
    Attachment,
    BulkJob,
    Client,
    ClientRelation,
    ClientTag,
    CoManager,
    ContactPerson,
    ContactPoint,
    CustomField,
    Department,
    DuplicatePair,
    DuplicateScan,
    ImportIdentity,
    ImportJob,
    ImportMapping,
    ImportRow,
    Letter,
    LetterTemplate,
    ListColumns,
    Manager,
    ManagerSchedule,
    MergeRecord,
    Notice,
    NoticeSetting,
    Occasion,
    OwnershipPeriod,
    PersonRelation,
    PersonTag,
    PointsNorm,
    RecentItem,
    Redating,
    SavedView,
    SavedViewPin,
    Tag,
    WorkSchedule,
    ZonePolicy,
)
from clients.tests.factories import (
    ContactPersonFactory,
    ContactPointFactory,
    DepartmentFactory,
    ManagerFactory,
    UnassignedClientFactory,
    exchange_client,
    held_client,
)
from crm import clock
from exchange.models import (
    Claim,
    ClaimPause,
    ContactView,
    Departure,
    DepartureItem,
    DetachHold,
    Detachment,
    FirstTouch,
    LeavingWarning,
    NightlyRun,
    ParkedClient,
    Proposal,
    Protection,
    Shelving,
    Signal,
    ZoneSnapshot,
    ZoneTransition,
)
from interactions.models import (
    Agreement,
    CalendarFeed,
    ClientLetter,
    Competitor,
    DistributionRule,
    EventKind,
    EventParticipant,
    EventSeries,
    FileLink,
    HandOver,
    HeadComment,
    KindPoints,
    LossReason,
    PlannedTask,
    ProcessCoManager,
    ProcessCompetitor,
    ProcessKind,
    ProcessLine,
    ProcessTag,
    Product,
    Regulation,
    SalesPlan,
    Stage,
    StageApproval,
    StageCondition,
    StageTask,
    TallyState,
)
from interactions.tests.factories import event, inquiry, process
from reports.kept.models import KeptState
from reports.models import ReportDelivery, ReportLetter

pytestmark = pytest.mark.django_db

D = dt.date.fromisoformat
DAY = D("2024-03-15")
BROKEN: list[tuple[str, Callable[[], Any]]] = []


def breaks(name: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """The function breaks the constraint ``name``, past the models' own checks."""

    def remember(act: Callable[[], Any]) -> Callable[[], Any]:
        BROKEN.append((name, act))
        return act

    return remember


def update(row: models.Model, **values: Any) -> None:
    type(row)._base_manager.filter(pk=row.pk).update(**values)


def twice(model: type[models.Model], **values: Any) -> None:
    model._base_manager.bulk_create([model(**values)])
    model._base_manager.bulk_create([model(**values)])


def _letter_template() -> LetterTemplate:
    return LetterTemplate.objects.filter(use="occasion").earliest("pk")


def _rule() -> DistributionRule:
    return DistributionRule.objects.create(name="All")


def _feed(**values: Any) -> CalendarFeed:
    return CalendarFeed.objects.create(**{"manager": ManagerFactory(), "name": "Phone", "digest": "x", **values})


def _schedule(**values: Any) -> WorkSchedule:
    hours = {"starts_at": dt.time(9), "ends_at": dt.time(18)}
    return WorkSchedule.objects.create(name=f"Usual {WorkSchedule.objects.count()}", **{**hours, **values})


def _client_letter(**values: Any) -> None:
    words = {"address": "a@example.com", "subject": "A", "text": "A"}
    client = held()
    ClientLetter.objects.create(**{"client": client, "by": client.manager} | words | values)


def _delivery(**values: Any) -> ReportDelivery:
    facts = {"owner": ManagerFactory(), "report": "points", "name": "Points", "next_on": DAY}
    return ReportDelivery.objects.create(**facts | values)


def _attachment(**values: Any) -> Attachment:
    client = values.pop("client", None) or held()
    facts = {"name": "a.txt", "file": "files/aa/a", "content_type": "text/plain", "size": 1, "sha256": "0" * 64}
    return Attachment.objects.create(client=client, uploaded_by=client.manager, **facts | values)


def held() -> Client:
    return held_client(assigned_on=DAY, today=DAY)


# --- clients ----------------------------------------------------------------------------------------------------------
for _values in (
    {"manager": None},
    {"assigned_on": None},
    {"clock_date": None},
    {"yellow_on": None},
    {"red_on": None},
    {"detach_on": None},
    {"zone": ""},
    {"exchange_since": clock.at(DAY)},
):
    breaks("client_held_or_not")(lambda values=_values: update(held(), **values))
for _values in (
    {"assigned_on": DAY},
    {"yellow_on": DAY},
    {"red_on": DAY},
    {"detach_on": DAY},
    {"zone": "green"},
):
    breaks("client_held_or_not")(lambda values=_values: update(exchange_client(), **values))
breaks("client_held_or_not")(lambda: update(UnassignedClientFactory(), manager=ManagerFactory()))
breaks("attachment_named")(lambda: _attachment(name=""))
breaks("attachment_not_empty")(lambda: _attachment(size=0))
breaks("attachment_once_per_client")(lambda: _attachment(client=_attachment().client, file="files/bb/b"))
breaks("custom_field_type_known")(lambda: CustomField.objects.create(key="a", label="A", type="money"))
breaks("custom_field_named")(lambda: CustomField.objects.create(key="", label="A"))
breaks("custom_field_named")(lambda: CustomField.objects.create(key="a", label=""))
breaks("custom_field_choice_has_choices")(lambda: CustomField.objects.create(key="a", label="A", type="choice"))
breaks("client_zone_known")(lambda: update(held(), zone="due"))
for _values in (
    {"yellow_on": DAY},
    {"red_on": D("2024-04-15")},
    {"detach_on": D("2024-08-15")},
):
    breaks("client_zone_dates_grow")(lambda values=_values: update(held(), **values))
breaks("client_clock_is_the_maximum")(lambda: update(held(), clock_date=DAY - dt.timedelta(days=1)))
breaks("client_clock_is_the_maximum")(lambda: update(held(), last_contact_on=DAY + dt.timedelta(days=1)))
breaks("client_shelved_is_not_held")(lambda: update(held(), quarantine_until=DAY))
breaks("client_shelved_is_not_held")(lambda: update(held(), archived_at=clock.at(DAY)))
breaks("client_named")(lambda: update(held(), name=""))
breaks("client_inn_kpp_unique")(lambda: twice(Client, name="A", search_name="a", inn="7707083893", kpp=""))
breaks("client_inn_kpp_unique")(lambda: twice(Client, name="A", search_name="a", inn="7707083893", kpp="770501001"))
breaks("client_external_id_unique")(lambda: twice(Client, name="A", search_name="a", external_id="7"))
breaks("contact_view_once_a_day")(
    lambda: twice(ContactView, client=exchange_client(), manager=ManagerFactory(), date=DAY)
)
breaks("co_manager_once")(lambda: twice(CoManager, client=held(), manager=ManagerFactory()))


def _scan(**values: Any) -> None:
    DuplicateScan.objects.bulk_create([DuplicateScan(**values)])


def _pair(**values: Any) -> None:
    one, other = held(), held()
    DuplicatePair.objects.bulk_create([DuplicatePair(**{"one": one, "other": other, **values})])


breaks("duplicate_scan_done_has_time")(lambda: _scan(status="done"))
breaks("duplicate_scan_done_has_time")(lambda: _scan(status="running", finished_at=clock.at(DAY)))
breaks("duplicate_scan_one_at_a_time")(lambda: twice(DuplicateScan, total=1))
breaks("duplicate_pair_in_order")(lambda: _pair(one=(_client := held()), other=_client))
breaks("duplicate_pair_once")(lambda: twice(DuplicatePair, one=held(), other=held()))
breaks("duplicate_pair_score_is_percent")(lambda: _pair(score=101))
breaks("duplicate_pair_decided_has_time")(lambda: _pair(status="different"))
breaks("merge_of_two")(lambda: MergeRecord.objects.create(keep_pk=1, drop_pk=1, by=ManagerFactory()))


def _owned(**values: Any) -> None:
    OwnershipPeriod.objects.bulk_create(
        [
            OwnershipPeriod(
                **{"client": held(), "manager": ManagerFactory(), "since": DAY, "gained": "created", **values}
            )
        ]
    )


breaks("ownership_one_open")(_owned)
breaks("ownership_ends_after_start")(lambda: _owned(until=DAY - dt.timedelta(days=1), lost="idle"))
breaks("ownership_end_has_reason")(lambda: _owned(until=DAY))
breaks("ownership_end_has_reason")(lambda: _owned(client=exchange_client(), lost="idle"))
breaks("redating_done_has_end")(lambda: Redating.objects.bulk_create([Redating(reason="policy", status="done")]))
breaks("redating_changed_within_done")(lambda: Redating.objects.bulk_create([Redating(reason="policy", changed=1)]))


def _bulk(**values: Any) -> None:
    BulkJob.objects.bulk_create([BulkJob(**{"owner": ManagerFactory(), "page": "client-list", **values})])


breaks("bulk_job_status_known")(lambda: _bulk(status="paused"))
breaks("bulk_job_done_within_total")(lambda: _bulk(total=1, done=2))
breaks("bulk_job_changed_within_done")(lambda: _bulk(total=2, done=1, changed=2))
breaks("bulk_job_done_has_time")(lambda: _bulk(status="done"))
breaks("bulk_job_done_has_time")(lambda: _bulk(status="undone"))


def _import(**values: Any) -> ImportJob:
    facts = {"owner": ManagerFactory(), "kind": "clients", "file": "imports/x", "name": "x.csv", "size": 1, **values}
    return ImportJob.objects.bulk_create([ImportJob(**facts)])[0]


breaks("import_status_known")(lambda: _import(status="paused"))
breaks("import_done_has_time")(lambda: _import(status="done"))
breaks("import_file_not_empty")(lambda: _import(size=0))
breaks("import_row_once")(lambda: twice(ImportRow, job=_import(), line=2, outcome="created"))
breaks("import_row_outcome_known")(
    lambda: ImportRow.objects.bulk_create([ImportRow(job=_import(), line=2, outcome="lost")])
)
breaks("import_identity_once")(lambda: twice(ImportIdentity, job=_import(), digest="0" * 32, line=2))
breaks("import_mapping_once")(lambda: twice(ImportMapping, owner=ManagerFactory(), kind="clients", signature="0" * 64))
breaks("notice_told_once")(lambda: twice(Notice, recipient=ManagerFactory(), kind="news", key="1"))
breaks("notice_setting_once")(lambda: twice(NoticeSetting, manager=ManagerFactory(), kind="news", channel="none"))
breaks("notice_setting_channel_known")(
    lambda: NoticeSetting.objects.bulk_create([NoticeSetting(manager=ManagerFactory(), kind="news", channel="pigeon")])
)
breaks("letter_one_a_day")(lambda: twice(Letter, recipient=ManagerFactory(), date=DAY))
breaks("letter_sent_has_time")(
    lambda: Letter.objects.bulk_create([Letter(recipient=ManagerFactory(), date=DAY, status="sent")])
)
for _values in ({"month": 0}, {"month": 13}, {"day": 0}, {"day": 32}):
    breaks("occasion_is_a_day")(lambda values=_values: update(Occasion.objects.earliest("pk"), **values))
for _values in ({"subject": ""}, {"text": ""}):
    breaks("letter_template_says_something")(lambda values=_values: update(_letter_template(), **values))
breaks("letter_template_use_known")(lambda: update(_letter_template(), use="wedding"))
breaks("letter_template_occasion_fits")(
    lambda: update(_letter_template(), use="birthday", occasion=Occasion.objects.earliest("pk"))
)
for _values in ({"birthday": DAY}, {"birthday_md": 315}):
    breaks("client_birthday_has_its_day")(lambda values=_values: update(UnassignedClientFactory(), **values))
    breaks("person_birthday_has_its_day")(lambda values=_values: update(ContactPersonFactory(), **values))
breaks("person_consent_has_no_date_without_it")(lambda: update(ContactPersonFactory(), consented_on=DAY))


@breaks("contact_point_once_per_person")
def _() -> None:
    person = ContactPersonFactory()
    twice(ContactPoint, client=person.client, person=person, value="1", normalized="+71")


breaks("contact_point_once_per_client")(
    lambda: twice(ContactPoint, client=UnassignedClientFactory(), value="1", normalized="+71")
)
breaks("contact_point_normalized")(lambda: update(ContactPointFactory(), normalized=""))
breaks("department_unique_in_parent")(lambda: twice(Department, parent=DepartmentFactory(), name="Sales"))
breaks("department_unique_at_top")(lambda: twice(Department, name="Sales"))


@breaks("department_not_its_own_parent")
def _() -> None:
    department = DepartmentFactory()
    update(department, parent=department)


breaks("manager_role_known")(lambda: update(ManagerFactory(), role="boss"))
breaks("manager_external_id_unique")(
    lambda: Manager.objects.bulk_create([Manager(username=name, external_id="7") for name in ("a", "b")])
)


def _absent(**values: Any) -> None:
    anna, boris = ManagerFactory(), ManagerFactory()
    row = {"manager": anna, "deputy": boris, "starts_on": DAY, "ends_on": DAY, **values}
    Absence.objects.bulk_create([Absence(**row)])


breaks("absence_ends_after_start")(lambda: _absent(ends_on=DAY - dt.timedelta(days=1)))


@breaks("absence_deputy_is_somebody_else")
def _() -> None:
    anna = ManagerFactory()
    _absent(manager=anna, deputy=anna)


breaks("policy_one_per_segment")(lambda: twice(ZonePolicy, department=DepartmentFactory(), category="A"))
breaks("policy_one_for_all_departments")(lambda: twice(ZonePolicy, category="A"))
for _months in ((0, 5, 6), (5, 5, 6), (1, 7, 6)):
    breaks("policy_thresholds_grow")(
        lambda months=_months: ZonePolicy.objects.bulk_create(
            [ZonePolicy(category="A", yellow_months=months[0], red_months=months[1], detach_months=months[2])]
        )
    )
breaks("client_relation_once")(
    lambda: twice(ClientRelation, source=UnassignedClientFactory(), target=UnassignedClientFactory(), kind="partner")
)
breaks("person_relation_once")(
    lambda: twice(PersonRelation, source=ContactPersonFactory(), target=ContactPersonFactory(), kind="friend")
)


@breaks("client_relation_two_sides")
def _() -> None:
    client = UnassignedClientFactory()
    ClientRelation.objects.bulk_create([ClientRelation(source=client, target=client, kind="partner")])


@breaks("person_relation_two_sides")
def _() -> None:
    person = ContactPersonFactory()
    PersonRelation.objects.bulk_create([PersonRelation(source=person, target=person, kind="friend")])


def _tag(**values: Any) -> Tag:
    (row,) = Tag.objects.bulk_create([Tag(**{"name": "VIP", "search_name": "vip", **values})])
    return row


breaks("tag_named")(lambda: _tag(name=""))
breaks("tag_colour_known")(lambda: _tag(colour="green"))
breaks("client_tag_once")(lambda: twice(ClientTag, client=UnassignedClientFactory(), tag=_tag()))
breaks("person_tag_once")(lambda: twice(PersonTag, person=ContactPersonFactory(), tag=_tag()))
breaks("process_tag_once")(lambda: twice(ProcessTag, process=process(), tag=_tag()))


def _view(**values: Any) -> SavedView:
    facts = {"owner": ManagerFactory(), "page": "client-list", "name": "Mine", **values}
    (row,) = SavedView.objects.bulk_create([SavedView(**facts)])
    return row


breaks("saved_view_once")(lambda: twice(SavedView, owner=ManagerFactory(), page="client-list", name="Mine"))
breaks("saved_view_named")(lambda: _view(name=""))
breaks("saved_view_named")(lambda: _view(page=""))
breaks("saved_view_pinned_once")(lambda: twice(SavedViewPin, view=_view(), manager=ManagerFactory()))
breaks("recent_item_once")(lambda: twice(RecentItem, manager=ManagerFactory(), client=held()))
breaks("list_columns_once")(lambda: twice(ListColumns, manager=ManagerFactory(), page="client-list"))


# --- interactions -----------------------------------------------------------------------------------------------------
breaks("event_ends_after_start")(lambda: update(event(), ends_at=clock.at(D("2000-01-01"))))
breaks("event_counts_only_when_done")(lambda: update(event(), status="planned"))
breaks("event_counts_only_when_done")(lambda: update(event(), status="cancelled"))
breaks("event_reminds_only_while_planned")(lambda: update(event(), remind_at=clock.at(DAY)))
breaks("event_status_known")(lambda: update(event(), status="lost", counted_on=None))
breaks("event_counts_only_when_approved")(lambda: update(event(), approval="pending"))
breaks("event_counts_only_when_approved")(lambda: update(event(), approval="rejected"))


@breaks("event_external_id_unique")
def _() -> None:
    for row in (event(), event()):
        update(row, external_id="7")


breaks("delivery_day_of_its_period")(lambda: _delivery(every="week", day=8))
breaks("delivery_day_of_its_period")(lambda: _delivery(every="month", day=29))
breaks("delivery_names_its_report")(lambda: _delivery(name=""))
breaks("delivery_names_its_report")(lambda: _delivery(report=""))
breaks("report_letter_once")(lambda: twice(ReportLetter, delivery=_delivery(), recipient=ManagerFactory(), date=DAY))
breaks("report_letter_sent_has_time")(
    lambda: ReportLetter.objects.create(delivery=_delivery(), recipient=ManagerFactory(), date=DAY, status="sent")
)
breaks("client_letter_sent_has_time")(lambda: _client_letter(status="sent"))
for _field in ("address", "subject", "text"):
    breaks("client_letter_is_whole")(lambda field=_field: _client_letter(**{field: ""}))
breaks("client_letter_once_for_a_day")(lambda: [_client_letter(key="birthday-1-2026") for _ in range(2)])
breaks("participant_is_somebody")(lambda: EventParticipant.objects.bulk_create([EventParticipant(event=event())]))
breaks("participant_person_once")(lambda: twice(EventParticipant, event=event(), person=ContactPersonFactory()))
breaks("participant_manager_once")(lambda: twice(EventParticipant, event=event(), manager=ManagerFactory()))
breaks("calendar_feed_is_whole")(lambda: _feed(name=""))
breaks("calendar_feed_scope_known")(lambda: _feed(scope="all"))
breaks("points_norm_once_a_day")(lambda: twice(PointsNorm, department=DepartmentFactory(), points=9, since=DAY))
breaks("points_norm_of_company_once_a_day")(lambda: twice(PointsNorm, points=9, since=DAY))
breaks("points_norm_of_company_is_a_number")(lambda: PointsNorm.objects.create(since=DAY))
breaks("manager_schedule_once_a_day")(lambda: twice(ManagerSchedule, manager=ManagerFactory(), since=DAY))
breaks("manager_schedule_of_all_once_a_day")(lambda: twice(ManagerSchedule, schedule=_schedule(), since=DAY))
breaks("manager_schedule_of_all_is_one")(lambda: ManagerSchedule.objects.create(since=DAY))
breaks("tallystate_one")(lambda: TallyState.objects.create(pk=2, zone="UTC"))
breaks("keptstate_one")(lambda: KeptState.objects.create(pk=2, day=DAY, zone="UTC", rules=""))
breaks("kind_points_once_a_day")(lambda: twice(KindPoints, kind=EventKind.objects.first(), since=DAY))
breaks("work_schedule_ends_after_start")(lambda: _schedule(ends_at=dt.time(9)))
breaks("agreement_says_something")(lambda: Agreement.objects.bulk_create([Agreement(event=event(), text="")]))
breaks("distribution_method_known")(lambda: update(_rule(), method="lot"))
breaks("distribution_amounts_in_order")(lambda: update(_rule(), amount_from=2, amount_to=1))
breaks("inquiry_status_known")(lambda: update(inquiry(), status="lost"))
breaks("inquiry_passed_has_whom")(lambda: update(inquiry(), assigned_at=None))
breaks("inquiry_passed_has_whom")(lambda: update(inquiry(), assigned_to=None))
breaks("inquiry_waiting_is_nobodys")(lambda: update(inquiry(), status="waiting"))
breaks("inquiry_amount_not_negative")(lambda: update(inquiry(), amount=Decimal(-1)))
breaks("process_closed_has_date")(lambda: update(process(), status="won"))
breaks("process_closed_has_date")(lambda: update(process(), closed_on=clock.today()))
breaks("process_closed_has_date")(lambda: update(process(), status="done"))
breaks("process_closes_after_start")(lambda: update(process(), status="won", closed_on=D("2000-01-01")))
breaks("process_loss_reason_only_when_lost")(lambda: update(process(), loss_reason=LossReason.objects.first()))
breaks("process_amount_not_negative")(lambda: update(process(), amount=Decimal(-1)))


@breaks("process_external_id_unique")
def _() -> None:
    for row in (process(), process()):
        update(row, external_id="7")


def _handed(number: int = 1, **things: Any) -> None:
    facts = {"client": held(), "moment": clock.at(DAY), "from_manager": ManagerFactory(), **things}
    HandOver.objects.bulk_create([HandOver(**facts) for _ in range(number)])


breaks("hand_over_of_one_thing")(_handed)
breaks("hand_over_of_one_thing")(lambda: _handed(event=event(), process=process()))
breaks("hand_over_of_event_once")(lambda: _handed(2, event=event()))
breaks("hand_over_of_process_once")(lambda: _handed(2, process=process()))


def _series(**values: Any) -> None:
    client = held_client()
    facts = {
        "client": client,
        "kind": EventKind.objects.first(),
        "responsible": client.manager,
        "author": client.manager,
    }
    EventSeries.objects.bulk_create(
        [EventSeries(**facts, starts_on=DAY, at=dt.time(10), time_zone="Europe/Moscow", **values)]
    )


def _occurrences(on: dt.date) -> None:
    _series()
    for _ in range(2):
        update(event(), series=EventSeries.objects.get(), series_on=on)


breaks("series_frequency_known")(lambda: _series(frequency="hourly"))
breaks("series_off_days_known")(lambda: _series(off_days="sleep"))
breaks("series_interval_positive")(lambda: _series(interval=0))
breaks("series_ends_after_start")(lambda: _series(until=DAY - dt.timedelta(days=1)))
breaks("series_ends_in_one_way")(lambda: _series(until=DAY, count=3))
breaks("event_of_series_once_a_day")(lambda: _occurrences(DAY))
breaks("head_comment_says_something")(
    lambda: HeadComment.objects.bulk_create([HeadComment(event=event(), author=ManagerFactory(), text="")])
)


def _line(**values: Any) -> None:
    ProcessLine.objects.bulk_create(
        [ProcessLine(process=process(), product=Product.objects.create(name="Pump"), **values)]
    )


breaks("line_quantity_positive")(lambda: _line(quantity=0))
breaks("line_price_not_negative")(lambda: _line(price=-1))
breaks("line_discount_is_percent")(lambda: _line(discount=-1))
breaks("line_discount_is_percent")(lambda: _line(discount=101))
breaks("process_lost_to_only_when_lost")(lambda: update(process(), lost_to=_competitor()))
breaks("process_co_manager_once")(lambda: twice(ProcessCoManager, process=process(), manager=ManagerFactory()))
breaks("process_competitor_once")(lambda: twice(ProcessCompetitor, process=process(), competitor=_competitor()))


def _competitor() -> Competitor:
    return Competitor.objects.create(name="Pompa Plus")


def _plan(number: int = 1, **values: Any) -> None:
    who = ManagerFactory()
    facts = {"manager": who, "set_by": who, "month": dt.date(2026, 11, 1), "amount": Decimal(10), **values}
    SalesPlan.objects.bulk_create([SalesPlan(**facts) for _ in range(number)])


def _regulation(number: int = 1, **values: Any) -> None:
    facts = {"since": DAY, "times": 1, "per": "month", **values}
    Regulation.objects.bulk_create([Regulation(**facts) for _ in range(number)])


breaks("regulation_one_from_a_day")(lambda: _regulation(2))
breaks("regulation_per_known")(lambda: _regulation(per="decade"))
breaks("regulation_times_plausible")(lambda: _regulation(times=101))
breaks("sales_plan_once_a_month")(lambda: _plan(2))
breaks("sales_plan_not_negative")(lambda: _plan(amount=Decimal(-1)))
breaks("sales_plan_of_a_month")(lambda: _plan(month=dt.date(2026, 11, 2)))
breaks("product_price_not_negative")(lambda: Product.objects.bulk_create([Product(name="Pump", price=-1)]))
breaks("event_kind_code_unique")(
    lambda: EventKind.objects.bulk_create([EventKind(name=name, code="fax") for name in ("Fax", "Telefax")])
)
breaks("stage_colour_known")(lambda: _stages((1, "A"), colour="red"))


def _condition(times: int = 1, **values: Any) -> None:
    stage = Stage.objects.earliest("pk")
    StageCondition.objects.bulk_create([StageCondition(stage=stage, **values) for _ in range(times)])


for _values in ({"what": "field"}, {"what": "file", "field": "amount"}):
    breaks("condition_field_only_of_field")(lambda values=_values: _condition(**values))
breaks("condition_kind_only_of_event")(lambda: _condition(what="event"))
breaks("condition_kind_only_of_event")(lambda: _condition(what="file", event_kind=EventKind.objects.earliest("pk")))
breaks("condition_what_known")(lambda: _condition(what="mood"))
breaks("condition_once")(lambda: _condition(2, what="field", field="amount"))
breaks("condition_event_once")(lambda: _condition(2, what="event", event_kind=EventKind.objects.earliest("pk")))


def _task(**values: Any) -> StageTask:
    kind, stage = EventKind.objects.get(code="call_out"), Stage.objects.earliest("pk")
    return StageTask.objects.create(**{"stage": stage, "kind": kind, "subject": "Call"} | values)


def _planned_twice() -> None:
    sale, task = process(), _task()
    step = sale.stage_changes.get()
    twice(PlannedTask, process=sale, task=task, step=step)


def _approval(**values: Any) -> None:
    sale = process()
    StageApproval.objects.create(process=sale, stage=sale.stage, asked_by=sale.responsible, **values)


def _asked_twice() -> None:
    sale = process()
    twice(StageApproval, process=sale, stage=sale.stage, asked_by=sale.responsible)


def _file_link(times: int = 1, *, of: str = "", both: bool = False) -> None:
    sale, done = process(), event()
    whose = {"process": sale, "event": done} if both else {of: {"process": sale, "event": done}[of]} if of else {}
    attachment = _attachment()
    FileLink.objects.bulk_create([FileLink(attachment=attachment, **whose) for _ in range(times)])


breaks("stage_task_says_something")(lambda: _task(subject=""))
breaks("stage_task_once")(lambda: [_task(), _task()])
breaks("stage_task_planned_once")(_planned_twice)
breaks("stage_approval_decided_has_who")(lambda: _approval(status="approved"))
breaks("stage_approval_decided_has_who")(lambda: _approval(status="maybe"))
breaks("stage_approval_decided_has_who")(lambda: _approval(decided_at=clock.now()))
breaks("stage_approval_asked_once")(_asked_twice)
breaks("file_link_of_one_thing")(_file_link)
breaks("file_link_of_one_thing")(lambda: _file_link(both=True))
breaks("file_link_of_process_once")(lambda: _file_link(2, of="process"))
breaks("file_link_of_event_once")(lambda: _file_link(2, of="event"))
breaks("stage_position_unique")(lambda: _stages((1, "A"), (1, "B")))
breaks("stage_name_unique")(lambda: _stages((1, "A"), (2, "A")))
breaks("stage_probability_is_percent")(lambda: _stages((1, "A"), probability=101))


def _stages(*rows: tuple[int, str], **values: Any) -> None:
    kind = ProcessKind.objects.create(name="New")
    Stage.objects.bulk_create([Stage(process_kind=kind, position=place, name=name, **values) for place, name in rows])


# --- exchange ---------------------------------------------------------------------------------------------------------
def _signal(**values: Any) -> None:
    facts = {"kind": "burst", "manager": ManagerFactory(), "date": DAY, "key": "1"}
    Signal.objects.bulk_create([Signal(**{**facts, **values}) for _ in range(2 if not values else 1)])


breaks("signal_found_once")(_signal)
breaks("signal_note_belongs_to_a_look")(lambda: _signal(note="All is well"))


def _run() -> NightlyRun:
    return NightlyRun.objects.create(date=DAY)


breaks("detachment_once_per_run")(
    lambda: twice(
        Detachment, client=held(), manager=ManagerFactory(), reason="idle", run=_run(), date=DAY, assigned_on=DAY,
        clock_date=DAY, zone="red",
    )
)  # fmt: skip
breaks("claim_once_per_stay")(
    lambda: twice(Claim, client=held(), manager=ManagerFactory(), date=DAY, exchange_since=clock.at(DAY))
)
breaks("claim_override_has_reason")(
    lambda: Claim.objects.create(
        client=held(), manager=ManagerFactory(), date=DAY, exchange_since=clock.at(DAY), overrides="cap"
    )
)


def _owed(**values: Any) -> None:
    made = Claim.objects.create(client=held(), manager=ManagerFactory(), date=DAY, exchange_since=clock.at(DAY))
    FirstTouch.objects.create(claim=made, client=made.client, manager=made.manager, due_on=DAY, **values)


breaks("first_touch_settled_has_day")(lambda: _owed(outcome="kept"))
breaks("first_touch_settled_has_day")(lambda: _owed(settled_on=DAY))


def _paused(**values: Any) -> None:
    facts = {"manager": ManagerFactory(), "starts_on": DAY, "until": DAY, "failures": 3}
    ClaimPause.objects.bulk_create([ClaimPause(**{**facts, **values}) for _ in range(1 if values else 2)])


breaks("claim_pause_ends_after_start")(lambda: _paused(until=DAY - dt.timedelta(days=1)))
breaks("claim_pause_once_a_day")(_paused)
breaks("run_done_has_end")(lambda: update(_run(), status="done"))
for _word in ("confirmed", "rejected"):
    breaks("run_decision_has_time")(lambda word=_word: update(_run(), decision=word))


def _stretch() -> dict[str, Any]:
    client = held()
    return {"client": client, "manager": client.manager}


def _protection(**values: Any) -> None:
    stretch = _stretch()
    facts = {"reason": "A tender", "starts_on": DAY, "until": DAY, "given_by": stretch["manager"], **stretch}
    Protection.objects.bulk_create([Protection(**{**facts, **values})])


breaks("protection_ends_after_start")(lambda: _protection(until=DAY - dt.timedelta(days=1)))
breaks("protection_has_reason")(lambda: _protection(reason=""))
breaks("protection_revoked_by_somebody")(lambda: _protection(revoked_on=DAY))
breaks("protection_revoked_by_somebody")(lambda: _protection(revoked_by=ManagerFactory()))


def _shelving(**values: Any) -> None:
    facts = {"client": exchange_client(), "made_by": ManagerFactory(), "date": DAY, "reason": "Asked for it"}
    Shelving.objects.bulk_create([Shelving(**{**facts, **values})])


breaks("shelving_quarantine_has_end")(lambda: _shelving(action="quarantine"))
for _what in ("lift", "archive", "restore"):
    breaks("shelving_quarantine_has_end")(lambda what=_what: _shelving(action=what, until=DAY))
breaks("shelving_has_reason")(lambda: _shelving(action="quarantine", until=DAY, reason=""))
breaks("shelving_has_reason")(lambda: _shelving(action="archive", reason=""))
breaks("hold_once_per_stretch")(
    lambda: twice(DetachHold, **_stretch(), clock_date=DAY, kind="plan", source="event:1", since=DAY, until=DAY)
)
breaks("hold_ends_after_start")(
    lambda: DetachHold.objects.bulk_create(
        [DetachHold(**_stretch(), clock_date=DAY, kind="plan", since=DAY, until=DAY - dt.timedelta(days=1))]
    )
)
breaks("warning_once_per_level")(
    lambda: twice(LeavingWarning, **_stretch(), clock_date=DAY, leaves_on=DAY, level=7, warned_on=DAY)
)
breaks("proposal_once_per_run")(lambda: twice(Proposal, **_stretch(), run=_run(), clock_date=DAY, detach_on=DAY))
breaks("parked_once_per_step")(lambda: twice(ParkedClient, client=held(), run=_run(), step="warn", error="x"))
breaks("exchange_nightlyrun.date")(lambda: twice(NightlyRun, date=DAY))
breaks("transition_once_per_run")(
    lambda: twice(ZoneTransition, client=held(), from_zone="red", to_zone="yellow", cause="night", date=DAY, run=_run())
)
breaks("snapshot_once_per_manager")(lambda: twice(ZoneSnapshot, date=DAY, manager=ManagerFactory()))
breaks("snapshot_exchange_once_per_department")(lambda: twice(ZoneSnapshot, date=DAY, department=DepartmentFactory()))
breaks("snapshot_exchange_once_without_department")(lambda: twice(ZoneSnapshot, date=DAY))


def _departure(**values: Any) -> Departure:
    values = {"manager": ManagerFactory(), "decided_by": ManagerFactory()} | values
    (row,) = Departure._base_manager.bulk_create([Departure(**values)])
    return row


def _item(**values: Any) -> None:
    values = {"departure": _departure(), "client": held(), "action": "release"} | values
    DepartureItem._base_manager.bulk_create([DepartureItem(**values)])


_FINISHED = {"status": "done", "finished_at": clock.at(DAY)}
breaks("departure_one_running")(lambda: twice(Departure, manager=ManagerFactory(), decided_by=ManagerFactory()))
breaks("departure_finished_has_time")(lambda: _departure(finished_at=clock.at(DAY)))
breaks("departure_finished_has_time")(lambda: _departure(status="done"))
breaks("departure_undone_by_somebody")(lambda: _departure(**_FINISHED, undone_at=clock.at(DAY)))
breaks("departure_undone_by_somebody")(lambda: _departure(**_FINISHED | {"status": "undone"}, undone_at=clock.at(DAY)))
breaks("departure_undone_by_somebody")(
    lambda: _departure(**_FINISHED | {"status": "undone"}, undone_by=ManagerFactory())
)
breaks("departure_item_once")(lambda: twice(DepartureItem, departure=_departure(), client=held(), action="release"))
breaks("departure_item_to_somebody")(lambda: _item(action="hand"))
breaks("departure_item_to_somebody")(lambda: _item(to_manager=ManagerFactory()))
breaks("departure_item_undone_after_done")(lambda: _item(undone_at=clock.at(DAY)))
breaks("departure_item_undone_after_done")(
    lambda: _item(done_at=clock.at(DAY), undone_at=clock.at(DAY) - dt.timedelta(seconds=1))
)


@pytest.mark.parametrize(
    ("name", "act"), [pytest.param(name, act, id=f"{name}-{number}") for number, (name, act) in enumerate(BROKEN)]
)
def test_the_database_refuses(name, act):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        act()
    # SQLite names checks but of unique indexes only the columns.
    if connection.vendor == "postgresql" and "." not in name:
        assert f'"{name}"' in str(refused.value)
    elif "unique" in str(refused.value).lower():
        assert name in _unique_names() | {"exchange_nightlyrun.date"}
    else:
        assert name in str(refused.value)


def _ours() -> list[models.BaseConstraint]:
    return [
        constraint
        for label in ("clients", "interactions", "exchange", "reports")
        for model in apps.get_app_config(label).get_models()
        for constraint in model._meta.constraints
    ]


def _unique_names() -> set[str]:
    return {constraint.name for constraint in _ours() if isinstance(constraint, models.UniqueConstraint)}


def test_every_constraint_is_in_the_table():
    assert {constraint.name for constraint in _ours()} == {name for name, _act in BROKEN if "." not in name}


def test_what_is_right_is_allowed():
    """The other side of the conditional constraints: what looks like a double and is none."""
    person, client = ContactPersonFactory(), UnassignedClientFactory()
    ContactPointFactory(client=person.client, person=person, value="+79161234567")
    ContactPointFactory(client=person.client, value="+79161234567")
    ContactPointFactory(client=client, value="+79161234567")
    for name in ("A", "B"):
        Client.objects.create(name=name, inn="", kpp="")
        Client.objects.create(name=name, inn="7707083893", kpp=f"77050100{ord(name) - 64}")
    Department.objects.create(name="Sales", parent=DepartmentFactory())
    Department.objects.create(name="Sales", parent=DepartmentFactory())
    Department.objects.create(name="Sales")
    ZonePolicy.objects.create(department=DepartmentFactory(), category="A")
    ZonePolicy.objects.create(department=DepartmentFactory(), category="A", red_months=6, detach_months=6)
    EventParticipant.objects.bulk_create([EventParticipant(event=event(), name="Ivan") for _ in range(2)])
    for _ in range(2):
        ContactPerson.objects.create(client=client, first_name="Ivan")
    NightlyRun.objects.create(date=DAY, status="done", finished_at=clock.now())
    kept = _attachment(deleted_at=clock.now())
    for name in ("a.txt", "b.txt"):
        _attachment(client=kept.client, name=name)
    _attachment()
