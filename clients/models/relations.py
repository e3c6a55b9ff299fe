"""How clients, and persons at clients, are related; readable from both sides."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients import querysets
from clients.models.client import Client
from clients.models.contacts import ContactPerson


class ClientRelationKind(models.TextChoices):
    """Read as "``source`` is a … of ``target``"."""

    SUBSIDIARY = "subsidiary", _("subsidiary")
    BRANCH = "branch", _("branch")
    SUPPLIER = "supplier", _("supplier")
    DEALER = "dealer", _("dealer")
    PARTNER = "partner", _("partner")
    COMPETITOR = "competitor", _("competitor")
    SAME_OWNER = "same_owner", _("company of the same owner")


#: The same kind read from the target: "``target`` is a … of ``source``". Kinds not named here are symmetric.
CLIENT_REVERSE = {
    ClientRelationKind.SUBSIDIARY: _("parent company"),
    ClientRelationKind.BRANCH: _("head office"),
    ClientRelationKind.SUPPLIER: _("customer"),
    ClientRelationKind.DEALER: _("vendor"),
}


class PersonRelationKind(models.TextChoices):
    """Read as "``source`` is a … of ``target``"."""

    SUBORDINATE = "subordinate", _("subordinate")
    ASSISTANT = "assistant", _("assistant")
    COLLEAGUE = "colleague", _("colleague")
    RELATIVE = "relative", _("relative")
    FRIEND = "friend", _("friend")
    FORMER_COLLEAGUE = "former_colleague", _("former colleague")


PERSON_REVERSE = {
    PersonRelationKind.SUBORDINATE: _("superior"),
    PersonRelationKind.ASSISTANT: _("principal"),
}


class _Relation(models.Model):
    comment = models.CharField(_("comment"), max_length=200, blank=True)

    class Meta:
        abstract = True

    def clean(self) -> None:
        if self.source_id and self.source_id == self.target_id:  # type: ignore[attr-defined]
            raise ValidationError({"target": _("A relation needs two different sides.")})


class ClientRelation(_Relation):
    """``source`` is a ``kind`` of ``target``."""

    source = models.ForeignKey(Client, models.CASCADE, related_name="relations_from", verbose_name=_("client"))
    target = models.ForeignKey(Client, models.CASCADE, related_name="relations_to", verbose_name=_("related client"))
    kind = models.CharField(_("relation"), max_length=12, choices=ClientRelationKind)

    objects = querysets.ClientRelationQuerySet.as_manager()

    class Meta:
        verbose_name = _("relation between clients")
        verbose_name_plural = _("relations between clients")
        ordering = ["kind", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["source", "target", "kind"], name="client_relation_once"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="client_relation_two_sides"),
        ]

    def __str__(self) -> str:
        return f"{self.source} – {self.get_kind_display()} – {self.target}"

    def label_for(self, client: Client) -> str:
        """What the *other* side is to ``client``."""
        kind = ClientRelationKind(self.kind)
        if client.pk == self.target_id:
            return str(kind.label)
        return str(CLIENT_REVERSE.get(kind, kind.label))

    def other_side(self, client: Client) -> Client:
        return self.source if client.pk == self.target_id else self.target


class PersonRelation(_Relation):
    """``source`` is a ``kind`` of ``target``."""

    source = models.ForeignKey(ContactPerson, models.CASCADE, related_name="relations_from", verbose_name=_("person"))
    target = models.ForeignKey(
        ContactPerson, models.CASCADE, related_name="relations_to", verbose_name=_("related person")
    )
    kind = models.CharField(_("relation"), max_length=16, choices=PersonRelationKind)

    class Meta:
        verbose_name = _("relation between persons")
        verbose_name_plural = _("relations between persons")
        ordering = ["kind", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["source", "target", "kind"], name="person_relation_once"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="person_relation_two_sides"),
        ]

    def __str__(self) -> str:
        return f"{self.source} – {self.get_kind_display()} – {self.target}"

    def label_for(self, person: ContactPerson) -> str:
        """What the *other* side is to ``person``."""
        kind = PersonRelationKind(self.kind)
        if person.pk == self.target_id:
            return str(kind.label)
        return str(PERSON_REVERSE.get(kind, kind.label))

    def other_side(self, person: ContactPerson) -> ContactPerson:
        return self.source if person.pk == self.target_id else self.target
