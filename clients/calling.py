"""Which number is called first."""

from collections.abc import Iterable

from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet

from clients import contact_privacy
from clients.models import ContactPoint, Manager
from crm.web.prepared import Params, Prepared

#: What is read of a number and of the person who answers it: a page asks for a hundred of them.
_POINT = ("client_id", "person_id", "kind", "value", "normalized", "is_primary")
_PERSON = tuple(f"person__{name}" for name in ("last_name", "first_name", "middle_name", "time_zone"))


def main_phones(client_ids: Iterable[int], reader: Manager) -> dict[int, ContactPoint]:
    """The number to call for each client: a main one before others, a person's before the switchboard's; none of a
    client whose contacts are hidden from ``reader``. He must be one who may see these clients in full. One query,
    and one more where nobody holds some of them."""
    points = _points(clients=dict.fromkeys(client_ids))
    hidden = contact_privacy.hidden_among({point.client_id for point in points if not point.is_held}, reader)
    phones: dict[int, ContactPoint] = {}
    for point in points:
        if point.client_id not in hidden:
            phones.setdefault(point.client_id, point)
    return phones


def _phones() -> QuerySet:
    held = ExpressionWrapper(Q(client__manager__isnull=False), output_field=BooleanField())
    return (
        ContactPoint.objects.filter(client__in=Params("clients"), kind=ContactPoint.Kind.PHONE)
        .select_related("person")
        .only(*_POINT, *_PERSON)
        .annotate(is_held=held)
        .order_by(
            F("is_primary").desc(),
            F("person__is_decision_maker").desc(nulls_last=True),
            F("person").asc(nulls_last=True),
        )
    )


_points = Prepared(_phones)
