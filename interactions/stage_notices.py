"""The kinds of notices about approvals of stages: what waits for the head, and what he said."""

from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from clients.models import Notice
from clients.notices import NoticeKind, notify, register
from clients.superiors import deciders
from crm.web.access import Access
from interactions.models import StageApproval

ASKED, DECIDED = "stage.asked", "stage.decided"


def asked(approval: StageApproval) -> None:
    """Tell who decides. Nobody is told of a client that nobody holds."""
    holder = approval.process.client.manager
    if holder is None:
        return
    notify(
        kind=ASKED,
        recipients=set(deciders(holder)) - {approval.asked_by_id},
        key=str(approval.pk),
        data=_facts(approval) | {"who": str(approval.asked_by)},
        url=reverse("stage-approval-list"),
    )


def decided(approval: StageApproval) -> None:
    """Tell who asked."""
    notify(
        kind=DECIDED,
        recipients={approval.asked_by_id} - {approval.decided_by_id},
        key=f"{approval.pk} {approval.status}",
        data=_facts(approval)
        | {"who": str(approval.decided_by), "approved": approval.status == StageApproval.Status.APPROVED},
        url=approval.process.get_absolute_url(),
    )


def _facts(approval: StageApproval) -> dict[str, object]:
    process = approval.process
    return {
        "client": process.client.name,
        "client_id": process.client_id,
        "sale": process.title,
        "stage": approval.stage.name,
    }


def _said(notice: Notice) -> dict[str, str]:
    data = notice.data
    # The name of a shipped stage is translated, a company's own is its own words.
    stage = gettext(data["stage"])
    return {"name": data["who"], "sale": data["sale"], "client": data["client"], "stage": stage}


def _asked_words(notice: Notice) -> str:
    return gettext("%(name)s asks to let the sale “%(sale)s” (%(client)s) leave “%(stage)s”") % _said(notice)


def _decided_words(notice: Notice) -> str:
    if notice.data["approved"]:
        return gettext("%(name)s approved: the sale “%(sale)s” (%(client)s) may leave “%(stage)s”") % _said(notice)
    return gettext("%(name)s did not approve that the sale “%(sale)s” (%(client)s) leaves “%(stage)s”") % _said(notice)


register(
    NoticeKind(
        key=ASKED,
        name=gettext_lazy("Sales to decide on"),
        about=gettext_lazy("A sale may leave its stage only if you say so."),
        access=Access.HEAD,
        icon="signpost",
        words=_asked_words,
        order=33,
    )
)
register(
    NoticeKind(
        key=DECIDED,
        name=gettext_lazy("Decided on your sales"),
        about=gettext_lazy("What the head said about a sale you asked him about."),
        icon="check2-circle",
        words=_decided_words,
        order=63,
    )
)
