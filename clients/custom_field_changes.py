"""Taking away a field a company added, or one of its choices, with what stands in clients' rows."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.fields.json import KeyTransform
from simple_history.utils import bulk_update_with_history

from clients.models import Client, CustomField, Manager
from clients.zoning import lock_clients

#: So many clients are written in one transaction.
BATCH = 500


def having(field: CustomField) -> QuerySet[Client]:
    """The clients in which the field is filled in."""
    return Client.objects.filter(custom__has_key=field.key).order_by()


def uses(field: CustomField, choices: Iterable[str]) -> dict[str, int]:
    """Which of these choices stand in clients, and in how many."""
    valued = Client.objects.order_by().alias(chosen=KeyTransform(field.key, F("custom")))
    counted = {choice: valued.filter(chosen=choice).count() for choice in choices}
    return {choice: number for choice, number in counted.items() if number}


def remove(field: CustomField, *, by: Manager) -> bool:
    """Delete the field with its values: at once where they are few. Otherwise it goes out of use now, and
    ``remove_values`` (a task, after the transaction) does the rest.

    Returns:
        Whether it is gone already.
    """
    if having(field).count() > BATCH:
        CustomField.objects.filter(pk=field.pk).update(is_active=False)
        return False
    remove_values(field_id=field.pk, by_id=by.pk)
    return True


def remove_values(*, field_id: int, by_id: int | None) -> int:
    """Take the field's values out of all clients, each with its line in the change log, batch by batch, and then the
    field itself. Broken off and run again it goes on where it was.

    Returns:
        How many clients had one.
    """
    field = CustomField.objects.filter(pk=field_id).first()
    if field is None:
        return 0
    by, cleared = Manager.objects.filter(pk=by_id).first(), 0
    while number := _clear_batch(field, by):
        cleared += number
    field.delete()
    return cleared


@transaction.atomic
def _clear_batch(field: CustomField, by: Manager | None) -> int:
    ids = list(having(field).order_by("pk").values_list("pk", flat=True)[:BATCH])
    clients = list(lock_clients(ids).values())
    for client in clients:
        client.custom = {key: value for key, value in client.custom.items() if key != field.key}
    reason = f"field removed: {field.key}"
    bulk_update_with_history(
        clients, Client, ["custom"], batch_size=BATCH, default_user=by, default_change_reason=reason
    )
    return len(ids)
