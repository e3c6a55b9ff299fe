"""Where the tests find the real sales history, and small helpers for histories of their own."""

import hashlib
import os
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from exchange.rules.sales_facts import COLUMNS


def real_history() -> Path:
    """The folder of the real input: ``SALES_DATA``, or beside the repository. It is not part of the repository."""
    named = os.environ.get("SALES_DATA", "")
    folder = Path(named) if named else settings.BASE_DIR.parent / "shared" / "data" / "crm_sales_opportunities"
    if not (folder / "sales_pipeline.csv").is_file():
        message = f"the real sales history is not at {folder}; name its folder in SALES_DATA"
        if named or os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return folder


def checksum() -> dict[str, str]:
    """A checksum of every table of the program, by its name: equal before and after means nothing was written."""
    return {
        model._meta.db_table: hashlib.sha256(
            repr(list(model._base_manager.order_by("pk").values_list())).encode()
        ).hexdigest()
        for model in apps.get_models()
        if model._meta.managed
    }


def write_files(folder: Path, **lines: list[str]) -> Path:
    """Write the four files with these lines under their headers."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, columns in COLUMNS.items():
        rows = [",".join(columns), *lines.get(name.removesuffix(".csv"), [])]
        (folder / name).write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder
