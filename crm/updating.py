"""Many rows of a table, each with values of its own, in one statement: UPDATE … FROM (VALUES …)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connections, models, router


def update_each(model: type[models.Model], fields: Sequence[str], values: Mapping[Any, Sequence[Any]]) -> int:
    """Give each row its own values: key → a value for each of ``fields``, in their order. No signals, as with
    ``QuerySet.update``.

    Django's ``bulk_update`` writes a CASE of all keys for every field, far longer to put into words.

    Returns:
        How many rows were there.
    """
    if not values:
        return 0
    using = router.db_for_write(model)
    connection = connections[using]
    quote = connection.ops.quote_name
    written: list[Any] = [model._meta.get_field(name) for name in fields]
    columns: list[Any] = [model._meta.pk, *written]

    def given(place: int, field: Any) -> str:
        # VALUES names its columns so on both. PostgreSQL takes a column of NULLs for text; cast text would be cut.
        of_text = isinstance(field, models.CharField)
        cast = "" if connection.vendor != "postgresql" or of_text else f"::{field.cast_db_type(connection)}"
        return f"v.column{place}{cast}"

    sets = ", ".join(f"{quote(field.column)} = {given(place, field)}" for place, field in enumerate(written, 2))
    line = f"({', '.join(['%s'] * len(columns))})"
    params = [
        field.get_db_prep_save(value, connection)
        for key, row in values.items()
        for field, value in zip(columns, (key, *row), strict=True)
    ]
    table = quote(model._meta.db_table)
    key = quote(columns[0].column)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {sets} FROM (VALUES {', '.join([line] * len(values))}) AS v"
            f" WHERE {table}.{key} = {given(1, columns[0])}",
            params,
        )
        return cursor.rowcount
