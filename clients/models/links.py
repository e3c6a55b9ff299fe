"""Which tags stand on which rows."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from clients.models.contacts import ContactPerson
from clients.models.desk import Tag


class ClientTag(models.Model):
    """A tag on a client."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="client_tags", verbose_name=_("client"))
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="client_tags", verbose_name=_("tag"))

    class Meta:
        verbose_name = _("tag of a client")
        verbose_name_plural = _("tags of clients")
        constraints = [models.UniqueConstraint(fields=["client", "tag"], name="client_tag_once")]

    def __str__(self) -> str:
        return f"{self.client} · {self.tag}"


class PersonTag(models.Model):
    """A tag on a contact person."""

    person = models.ForeignKey(ContactPerson, models.CASCADE, related_name="person_tags", verbose_name=_("person"))
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="person_tags", verbose_name=_("tag"))

    class Meta:
        verbose_name = _("tag of a person")
        verbose_name_plural = _("tags of persons")
        constraints = [models.UniqueConstraint(fields=["person", "tag"], name="person_tag_once")]

    def __str__(self) -> str:
        return f"{self.person} · {self.tag}"
