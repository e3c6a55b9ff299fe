"""Many people at one sale at once, on PostgreSQL: one step, one task, one question, one answer."""

import pytest

from clients.tests.crowd import Crowd
from clients.tests.factories import head_of
from crm.web.errors import Conflict
from interactions import sales, stage_approvals
from interactions.models import Event, SalesProcess, StageApproval, StageCondition, StageTask
from interactions.tests.factories import kind, process

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
SEVERAL = 6


def _kinds_of(answers):
    return sorted(type(answer).__name__ for answer in answers)


def test_a_sale_is_moved_once_however_many_press():
    sale = process(kind_name="Large sale")
    following = sale.kind.stages.order_by("position")[1]
    StageTask.objects.create(stage=following, kind=kind(), subject="Call the buyer")
    with Crowd(SEVERAL) as crowd:
        answers = crowd.all_at_once(
            [lambda: sales.move_process(process=sale, stage=following, by=sale.responsible)] * SEVERAL
        )
    assert _kinds_of(answers) == ["Conflict"] * (SEVERAL - 1) + ["SalesProcess"]
    assert [step.step for step in sale.stage_changes.order_by("pk")] == ["started", "moved"]
    assert Event.objects.planned().count() == 1


def test_the_head_is_asked_once_and_answers_once():
    sale = process(kind_name="Large sale")
    head = head_of(sale.responsible.department)
    StageCondition.objects.create(stage=sale.stage, what="approval")
    with Crowd(SEVERAL) as crowd:
        answers = crowd.all_at_once([lambda: stage_approvals.ask(process=sale, by=sale.responsible)] * SEVERAL)
        assert _kinds_of(answers) == ["Conflict"] * (SEVERAL - 1) + ["StageApproval"]
        asked = StageApproval.objects.get()
        answers = crowd.all_at_once(
            [
                lambda yes=yes: stage_approvals.decide(process=sale, by=head, approve=yes, question_id=asked.pk)
                for yes in (True, False, True, False)
            ]
        )
    assert _kinds_of(answers) == ["Conflict"] * 3 + ["StageApproval"]
    assert all(isinstance(answer, Conflict | StageApproval) for answer in answers)
    said = next(answer for answer in answers if isinstance(answer, StageApproval))
    assert StageApproval.objects.get().status == said.status
    assert SalesProcess.objects.get().stage == sale.stage
