"""Models of the clients app, one module per subject."""

from clients.models.absence import Absence, Holiday
from clients.models.client import Client, ClientKind, CoManager, OwnershipPeriod
from clients.models.contacts import ContactPerson, ContactPoint
from clients.models.dictionaries import Industry, LeadSource, Region
from clients.models.exports import ExportLog
from clients.models.notices import Letter, Notice
from clients.models.people import Department, Manager, Role
from clients.models.policy import ZonePolicy
from clients.models.relations import ClientRelation, ClientRelationKind, PersonRelation, PersonRelationKind
from clients.models.rules import Redating, RuleSetting

__all__ = [
    "Absence",
    "Client",
    "ClientKind",
    "ClientRelation",
    "ClientRelationKind",
    "CoManager",
    "ContactPerson",
    "ContactPoint",
    "Department",
    "ExportLog",
    "Holiday",
    "Industry",
    "LeadSource",
    "Letter",
    "Manager",
    "Notice",
    "OwnershipPeriod",
    "PersonRelation",
    "PersonRelationKind",
    "Redating",
    "Region",
    "Role",
    "RuleSetting",
    "ZonePolicy",
]
