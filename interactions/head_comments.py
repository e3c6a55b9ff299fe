"""Private comments of heads at events. The one place that says who reads and writes them: no list, export, search or
notice shows their words.
"""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.models import Manager
from crm import clock
from crm.web.errors import Conflict
from interactions import notices
from interactions.models import Event, HeadComment


def may_write(event: Event, reader: Manager) -> bool:
    """Whoever leads the manager of the client comments on what is done with it."""
    return Event.objects.led_by(reader).filter(pk=event.pk).exists()


def readable_by(reader: Manager) -> QuerySet[HeadComment]:
    """The comments a person may read:

    * his own;
    * those at events of clients whose managers he leads; not at what he answers for himself, where they are about him;
    * those at his events that are meant for him.
    """
    led = Event.objects.led_by(reader).exclude(Q(responsible=reader) | Q(client__manager=reader))
    visible = Event.objects.visible_to(reader)
    meant_for_him = Q(event__responsible=reader, for_responsible=True)
    allowed = Q(author=reader) | meant_for_him | Q(event__in=led.order_by().values("pk"))
    return HeadComment.objects.filter(allowed, event__in=visible.order_by().values("pk")).select_related("author")


def editable_by(reader: Manager) -> QuerySet[HeadComment]:
    """Everybody changes his own, as long as he may read it."""
    return readable_by(reader).filter(author=reader)


@transaction.atomic
def write(*, event: Event, text: str, by: Manager, for_responsible: bool = False) -> HeadComment:
    """Note something at an event; the responsible is told only where it is meant for him.

    Raises:
        ValidationError: it says nothing, or too much.
        Conflict: the event does not exist any more.
    """
    stored = Event.objects.select_for_update(of=("self",)).select_related("client", "kind").filter(pk=event.pk).first()
    if stored is None:
        raise Conflict(_("This event does not exist any more."))
    comment = HeadComment(event=stored, author=by, text=text.strip(), for_responsible=for_responsible)
    comment.full_clean()
    comment.save()
    if for_responsible:
        notices.commented(comment)
    return comment


@transaction.atomic
def change(*, comment: HeadComment, text: str, for_responsible: bool) -> HeadComment:
    """Other words, or for other eyes.

    Raises:
        ValidationError: it says nothing, or too much.
        Conflict: it was deleted meanwhile.
    """
    stored = HeadComment.objects.select_for_update(of=("self",)).filter(pk=comment.pk).first()
    if stored is None:
        raise Conflict(_("This comment does not exist any more."))
    is_news = for_responsible and not stored.for_responsible
    stored.text, stored.for_responsible, stored.changed_at = text.strip(), for_responsible, clock.now()
    stored.full_clean()
    stored.save()
    if is_news:
        notices.commented(stored)
    return stored
