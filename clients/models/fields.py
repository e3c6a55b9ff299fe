"""Model fields of our own."""

from typing import Any

from django.db import models


class WebsiteField(models.URLField):
    """An address typed without a scheme ("example.com") is taken as https."""

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"assume_scheme": "https", **kwargs})
