"""New rows made of rows that are there, inside the database: INSERT … SELECT."""

from typing import Any

from django.db import connections, models, router
from django.db.models import QuerySet, Value


def insert_from(source: QuerySet[Any, Any], model: type[models.Model], **columns: Any) -> int:
    """Make one row of ``model`` for each row of ``source``, in the order of their ids; one that would break a unique
    constraint is left out.

    As with ``bulk_create`` there are no signals, and nothing is checked but by the database.

    Args:
        columns: fields of ``model``, each a value or an expression on ``source``; a reference is given by its id.
            Fields that are not named have their default.

    Returns:
        How many rows were made.
    """
    using = router.db_for_write(model)
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    found = [_expression(columns.pop(field.name, field.get_default()), field) for field in fields]
    if columns:
        raise TypeError(f"{model.__name__} has no fields {', '.join(columns)}")
    sql, params = source.using(using).order_by("pk").values_list(*found).query.get_compiler(using).as_sql()
    connection = connections[using]
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in fields if field.column)
    with connection.cursor() as cursor:
        # Django makes no such statement of querysets; ours all have a WHERE, without which SQLite could not read it.
        cursor.execute(f"INSERT INTO {quote(model._meta.db_table)} ({names}) {sql} ON CONFLICT DO NOTHING", params)
        return cursor.rowcount


def _expression(value: Any, field: models.Field) -> Any:
    return value if hasattr(value, "resolve_expression") else Value(value, output_field=field)
