"""PostgreSQL only: substring search by trigrams, prefix search, and room on the pages for the night's updates."""

from django.db import migrations

FORWARD = [
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX client_search_name_trgm ON clients_client USING gin (search_name gin_trgm_ops)",
    "CREATE INDEX person_search_name_trgm ON clients_contactperson USING gin (search_name gin_trgm_ops)",
    "CREATE INDEX client_inn_prefix ON clients_client (inn text_pattern_ops) WHERE inn <> ''",
    # Updates of the zone column stay on their page (HOT) when pages are not filled to the brim.
    "ALTER TABLE clients_client SET (fillfactor = 90)",
]
BACKWARD = [
    "ALTER TABLE clients_client RESET (fillfactor)",
    "DROP INDEX IF EXISTS client_inn_prefix",
    "DROP INDEX IF EXISTS person_search_name_trgm",
    "DROP INDEX IF EXISTS client_search_name_trgm",
]


def _on_postgresql(statements):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements:
                schema_editor.execute(statement)

    return run


class Migration(migrations.Migration):
    dependencies = [("clients", "0001_initial")]
    operations = [migrations.RunPython(_on_postgresql(FORWARD), _on_postgresql(BACKWARD))]
