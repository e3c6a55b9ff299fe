"""Models of the clients app, one module per subject."""

from clients.models.absence import Absence, Holiday
from clients.models.client import Client, ClientKind, CoManager, OwnershipPeriod
from clients.models.contacts import ContactPerson, ContactPoint
from clients.models.desk import (
    BulkJob,
    CustomField,
    ListColumns,
    NoticeSetting,
    RecentItem,
    SavedView,
    SavedViewPin,
    Tag,
)
from clients.models.dictionaries import Industry, LeadSource, Region
from clients.models.doubles import DuplicateKey, DuplicatePair, DuplicateScan, MergeRecord
from clients.models.exports import ExportLog
from clients.models.files import Attachment
from clients.models.imports import ImportIdentity, ImportJob, ImportMapping, ImportRow
from clients.models.links import ClientTag, PersonTag
from clients.models.norms import ManagerSchedule, PointsNorm
from clients.models.notices import Letter, Notice
from clients.models.occasions import LetterTemplate, Occasion
from clients.models.people import Department, Manager, Role
from clients.models.policy import ZonePolicy
from clients.models.relations import ClientRelation, ClientRelationKind, PersonRelation, PersonRelationKind
from clients.models.rules import Redating, RuleSetting
from clients.models.working_time import WorkSchedule

__all__ = [
    "Absence",
    "Attachment",
    "BulkJob",
    "Client",
    "ClientKind",
    "ClientRelation",
    "ClientRelationKind",
    "ClientTag",
    "CoManager",
    "ContactPerson",
    "ContactPoint",
    "CustomField",
    "Department",
    "DuplicateKey",
    "DuplicatePair",
    "DuplicateScan",
    "ExportLog",
    "Holiday",
    "ImportIdentity",
    "ImportJob",
    "ImportMapping",
    "ImportRow",
    "Industry",
    "LeadSource",
    "Letter",
    "LetterTemplate",
    "ListColumns",
    "Manager",
    "ManagerSchedule",
    "MergeRecord",
    "Notice",
    "NoticeSetting",
    "Occasion",
    "OwnershipPeriod",
    "PersonRelation",
    "PersonRelationKind",
    "PersonTag",
    "PointsNorm",
    "RecentItem",
    "Redating",
    "Region",
    "Role",
    "RuleSetting",
    "SavedView",
    "SavedViewPin",
    "Tag",
    "WorkSchedule",
    "ZonePolicy",
]
