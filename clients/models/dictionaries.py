"""Small dictionaries administrators keep in Django admin."""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Dictionary(models.Model):
    """A named, ordered entry that can be switched off but not lost. The entries we ship are translated by their
    name."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    is_active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(_("order"), default=100)

    class Meta:
        abstract = True
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return gettext(self.name)


class Region(Dictionary):
    """Where a client is, as the exchange and the reports filter it."""

    class Meta(Dictionary.Meta):
        verbose_name = _("region")
        verbose_name_plural = _("regions")


class Industry(Dictionary):
    """What a client does."""

    class Meta(Dictionary.Meta):
        verbose_name = _("industry")
        verbose_name_plural = _("industries")


class LeadSource(Dictionary):
    """Where a client or a sale came from."""

    class Meta(Dictionary.Meta):
        verbose_name = _("source")
        verbose_name_plural = _("sources")
