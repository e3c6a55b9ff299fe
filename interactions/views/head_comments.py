"""Private comments of heads, on the page of their event."""

from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.models import Manager
from crm.web.views import Access, ActionView, fetch
from interactions import head_comments
from interactions.forms import HeadCommentForm
from interactions.models import Event, HeadComment
from interactions.views.base import EVENTS, DrawerPage


def comments_of(event: Event, reader: Manager) -> dict[str, Any]:
    """The box on the page of an event: what the reader may read, and the form where he may write."""
    may_comment = reader.access_level >= Access.HEAD and head_comments.may_write(event, reader)
    return {
        "comments": list(head_comments.readable_by(reader).filter(event=event)),
        "comment_form": HeadCommentForm() if may_comment else None,
    }


class _CommentPage(DrawerPage):
    access = Access.HEAD
    form_class = HeadCommentForm
    event: Event

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(EVENTS, reverse("event-list")), (str(self.event), self.event.get_absolute_url())]

    def get_success_url(self) -> str:
        self.success_url = f"{self.event.get_absolute_url()}#head-comments"
        return super().get_success_url()


class HeadCommentCreate(_CommentPage):
    """A head notes something."""

    title = _("Comment of the head")
    submit_label = _("Add")
    success_message = _("Noted.")

    @cached_property
    def event(self) -> Event:  # type: ignore[override]
        user, rows = self.request.user, Event.objects.select_related("kind")
        return fetch(rows.visible_to(user), Event.objects.led_by(user), pk=self.kwargs["pk"])

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": HeadComment(event=self.event)}

    def save(self, form: HeadCommentForm) -> HeadComment:
        return head_comments.write(event=self.event, by=self.request.user, **form.cleaned_data)


class HeadCommentUpdate(_CommentPage):
    """His own words, changed."""

    title = _("Comment of the head")
    submit_label = _("Save")
    success_message = _("Saved.")

    @cached_property
    def comment(self) -> HeadComment:
        rows = head_comments.editable_by(self.request.user).select_related("event__kind")
        return fetch(rows, pk=self.kwargs["pk"])

    @property
    def event(self) -> Event:  # type: ignore[override]
        return self.comment.event

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": self.comment}

    def save(self, form: HeadCommentForm) -> HeadComment:
        return head_comments.change(comment=self.comment, **form.cleaned_data)


class HeadCommentDelete(ActionView):
    """His own words, taken back."""

    access = Access.HEAD
    success_message = _("Deleted.")

    def perform(self) -> str:
        comment = fetch(head_comments.editable_by(self.request.user).select_related("event"), pk=self.kwargs["pk"])
        comment.delete()
        return comment.event.get_absolute_url()
