"""Who does what in the stored company."""

from django.db.models import Case, IntegerField, QuerySet, Value, When

from clients.models import Client, Manager
from crm.demo.people import seller_named
from crm.demo.world import DAY, World


def person(world: World, username: str) -> Manager:
    """The stored row of somebody: with what the base says of him."""
    return Manager.objects.select_related("department").get(username=username)


def lively(world: World, username: str) -> QuerySet[Client]:
    """The clients of somebody that nothing threatens: what is done with them changes nobody's fate. The green ones
    first, those he has in front of him today at the end, then the rest: a small company has few of them."""
    seller = seller_named(world, username)
    safe = Client.objects.filter(manager=seller.manager.pk, detach_on__gt=world.today + DAY * 30)
    order = Case(
        When(pk__in=world.in_front, then=Value(1)), When(zone="green", then=Value(0)), default=Value(2),
        output_field=IntegerField(),
    )  # fmt: skip
    return safe.alias(order=order).order_by("order", "category", "pk")
