"""Models of the clients app, one module per subject."""

from clients.models.client import Client, ClientKind, CoManager, OwnershipPeriod
from clients.models.contacts import ContactPerson, ContactPoint
from clients.models.dictionaries import Industry, LeadSource, Region
from clients.models.people import Department, Manager, Role, Substitution
from clients.models.policy import ZonePolicy
from clients.models.relations import ClientRelation, ClientRelationKind, PersonRelation, PersonRelationKind

__all__ = [
    "Client",
    "ClientKind",
    "ClientRelation",
    "ClientRelationKind",
    "CoManager",
    "ContactPerson",
    "ContactPoint",
    "Department",
    "Industry",
    "LeadSource",
    "Manager",
    "OwnershipPeriod",
    "PersonRelation",
    "PersonRelationKind",
    "Region",
    "Role",
    "Substitution",
    "ZonePolicy",
]
