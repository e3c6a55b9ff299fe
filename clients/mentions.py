"""People named in notes and results – "@anna" – are told, each once for what is new in the text.

Any app that stores a text about a client calls :func:`tell` in the transaction that stores it.
"""

from collections.abc import Mapping, Sequence

from django.utils.text import Truncator
from django.utils.translation import gettext, gettext_lazy

from clients.models import Client, Manager, Notice
from clients.notices import Line, NoticeKind, notify, register
from clients.rules.mentions import Person, find, people_named
from clients.superiors import superiors
from crm import clock
from crm.web.text import fold

MENTION = "mention"
#: Where somebody may be mentioned, in words of the reader's language.
NOTES, EVENT, RESULT, SALE = "notes", "event", "result", "sale"
_EXCERPT = 300
_SUGGESTED = 8


def mentioned_in(text: str) -> set[Manager]:
    """Who works here and is named in a text. One query, and none for a text without an @."""
    return set(Manager.objects.filter(pk__in=_ids(text)[0])) if _has_any(text) else set()


def tell(text_before: str, text_after: str, *, by: Manager, client: Client, url: str, what: str) -> int:
    """Tell whoever is named in a text now and was not before; never who wrote it. Joins the caller's transaction.

    Who may not see the client in full is told who mentioned him and with which client (names everybody may know), and
    is led to the client's card; what was written is shown only to those who may read it at that moment. Who stands in
    for somebody today is told with him.

    Args:
        what: ``NOTES``, ``EVENT``, ``RESULT`` or ``SALE``.
        url: where the text is read.

    Returns:
        How many people were told. No query for a text that names nobody.
    """
    if not _has_any(text_after):
        return 0
    before, after = _ids(text_before, text_after)
    new = [pk for pk in after if pk not in before]
    deputies = superiors(clock.today()).deputies if new else {}
    readers = {pk for name in new for pk in (name, deputies.get(name)) if pk and pk != by.pk}
    if not readers:
        return 0
    facts = {"who": str(by), "client": client.name, "client_id": client.pk, "what": what}
    people = Manager.objects.filter(pk__in=readers)
    sees = {person.pk for person in people if Client.objects.visible_to(person).filter(pk=client.pk).exists()}
    told = 0
    for some, address in ((readers & sees, url), (readers - sees, client.get_absolute_url())):
        told += notify(
            kind=MENTION,
            recipients=some,
            # Once a day for one place: a text that is mended five times is one mention.
            key=f"{what} {clock.today()} {url}"[:100],
            data=facts | {"text": _excerpt(text_after)},
            url=address,
        )
    return told


def suggestions(words: str, *, by: Manager) -> Sequence[Manager]:
    """People whose name or user name begins with these words, for the typing help; oneself is left out."""
    wanted = fold(words)
    people = Manager.objects.filter(is_active=True).exclude(pk=by.pk).select_related("department")
    found = [person for person in people if any(part.startswith(wanted) for part in _parts(person))]
    return found[:_SUGGESTED]


def _parts(person: Manager) -> list[str]:
    full = f"{person.first_name} {person.last_name}"
    parts = [person.username, person.first_name, person.last_name, full, f"{person.last_name} {person.first_name}"]
    return [fold(part) for part in parts]


def _has_any(text: str) -> bool:
    return "@" in text and next(find(text), None) is not None


def _ids(*texts: str) -> list[list[int]]:
    """Who is named in each of the texts. One query."""
    rows = Manager.objects.filter(is_active=True).order_by("pk").values_list("pk", "username", "last_name")
    people = [Person(*row) for row in rows]
    return [people_named(text, people) for text in texts]


def _excerpt(text: str) -> str:
    """The lines that name somebody: a long result is read where it stands."""
    lines = [line.strip() for line in text.splitlines() if next(find(line), None)]
    return Truncator(" … ".join(lines)).chars(_EXCERPT)


# --- in words ---------------------------------------------------------------------------------------------------------
def _words(notice: Notice) -> str:
    facts = {"name": notice.data["who"], "client": notice.data["client"]}
    match notice.data["what"]:
        case "notes":
            return gettext("%(name)s mentioned you in the notes on %(client)s") % facts
        case "sale":
            return gettext("%(name)s mentioned you in a sale with %(client)s") % facts
        case "result":
            return gettext("%(name)s mentioned you in the result of a contact with %(client)s") % facts
        case _:
            return gettext("%(name)s mentioned you in a contact with %(client)s") % facts


def _lines(notices: Sequence[Notice], reader: Manager) -> Mapping[int, Sequence[Line]]:
    """What was written, for who may read the client now."""
    clients = {notice.data["client_id"] for notice in notices}
    seen = set(Client.objects.visible_to(reader).filter(pk__in=clients).values_list("pk", flat=True))
    return {
        notice.pk: [Line(notice.data["text"], notice.url)] if notice.data["client_id"] in seen else []
        for notice in notices
    }


register(
    NoticeKind(
        key=MENTION,
        name=gettext_lazy("Mentions of you"),
        about=gettext_lazy("A colleague wrote @ and your name into a note, a result or a sale."),
        icon="at",
        words=_words,
        lines=_lines,
        order=12,
    )
)
