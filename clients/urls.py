"""Addresses of the clients app."""

from django.urls import path

from clients.views import absences, card, edit, handover, jobs, lists, merge, notices, people, policies, rules, search

urlpatterns = [
    path("clients/", lists.ClientList.as_view(), name="client-list"),
    path("clients/export/", lists.ClientExport.as_view(), name="client-export"),
    path("clients/new/", edit.ClientCreate.as_view(), name="client-create"),
    path("clients/duplicates/", edit.ClientDuplicates.as_view(), name="client-duplicates"),
    path("clients/suggest/", search.ClientSuggest.as_view(), name="client-suggest"),
    path("clients/<int:pk>/", card.ClientDetail.as_view(), name="client-detail"),
    path("clients/<int:pk>/edit/", edit.ClientUpdate.as_view(), name="client-update"),
    path("clients/<int:pk>/reassign/", handover.ClientReassign.as_view(), name="client-reassign"),
    path("clients/<int:pk>/merge/", merge.ClientMerge.as_view(), name="client-merge"),
    path("clients/<int:pk>/merge/<int:other>/", merge.ClientMergeConfirm.as_view(), name="client-merge-confirm"),
    path("clients/<int:pk>/persons/new/", people.PersonCreate.as_view(), name="person-create"),
    path("clients/<int:pk>/relations/new/", people.RelationCreate.as_view(), name="relation-create"),
    path("clients/<int:pk>/relations/<int:relation>/delete/", people.RelationDelete.as_view(), name="relation-delete"),
    path("clients/<int:pk>/co-managers/new/", people.CoManagerCreate.as_view(), name="co-manager-create"),
    path(
        "clients/<int:pk>/co-managers/<int:manager>/delete/",
        people.CoManagerDelete.as_view(),
        name="co-manager-delete",
    ),
    path("persons/<int:pk>/edit/", people.PersonUpdate.as_view(), name="person-update"),
    path("persons/<int:pk>/relations/new/", people.PersonRelationCreate.as_view(), name="person-relation-create"),
    path(
        "persons/<int:pk>/relations/<int:relation>/delete/",
        people.PersonRelationDelete.as_view(),
        name="person-relation-delete",
    ),
    path("notices/", notices.NoticeList.as_view(), name="notice-list"),
    path("notices/read/", notices.NoticesRead.as_view(), name="notices-read"),
    path("notices/<int:pk>/open/", notices.NoticeOpen.as_view(), name="notice-open"),
    path("rules/", rules.RuleList.as_view(), name="rule-list"),
    path("rules/policies/", policies.PolicyList.as_view(), name="policy-list"),
    path("rules/<str:key>/", rules.RuleUpdate.as_view(), name="rule-update"),
    path("absences/", absences.AbsenceList.as_view(), name="absence-list"),
    path("absences/new/", absences.AbsenceCreate.as_view(), name="absence-create"),
    path("absences/<int:pk>/edit/", absences.AbsenceUpdate.as_view(), name="absence-update"),
    path("absences/<int:pk>/approve/", absences.AbsenceApprove.as_view(), name="absence-approve"),
    path("absences/<int:pk>/decline/", absences.AbsenceDecline.as_view(), name="absence-decline"),
    path("absences/<int:pk>/cancel/", absences.AbsenceCancel.as_view(), name="absence-cancel"),
    path("absences/<int:pk>/end/", absences.AbsenceEnd.as_view(), name="absence-end"),
    path("jobs/redating/", jobs.RedatingList.as_view(), name="redating-list"),
    path("jobs/redating/<int:pk>/", jobs.RedatingDetail.as_view(), name="redating-detail"),
    path("jobs/redating/<int:pk>/resume/", jobs.RedatingResume.as_view(), name="redating-resume"),
    path("search/", search.Search.as_view(), name="search"),
]
