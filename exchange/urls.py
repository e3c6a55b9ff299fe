"""Addresses of the exchange and its nights."""

from django.urls import path

from exchange.views import board, contact_views, leaving, nights, protections, shelving, signals, why

urlpatterns = [
    path("exchange/", board.ExchangeBoard.as_view(), name="exchange-board"),
    path("exchange/<int:pk>/claim/", board.ClaimView.as_view(), name="claim"),
    path("exchange/<int:pk>/assign/", board.AssignView.as_view(), name="exchange-assign"),
    path("exchange/<int:pk>/contacts/", contact_views.ContactLook.as_view(), name="contact-view"),
    path("exchange/views/", contact_views.ContactViewList.as_view(), name="contact-view-list"),
    path("exchange/views/export/", contact_views.ContactViewExport.as_view(), name="contact-view-export"),
    path("clients/<int:pk>/return/", board.ReturnView.as_view(), name="client-return"),
    path("clients/<int:pk>/why/", why.ClientWhy.as_view(), name="client-why"),
    path("exchange/leaving/", leaving.LeavingPage.as_view(), name="exchange-leaving"),
    path("exchange/leaving/export/", leaving.LeavingExport.as_view(), name="exchange-leaving-csv"),
    path("clients/<int:pk>/protect/", protections.ProtectionCreate.as_view(), name="protection-create"),
    path("clients/<int:pk>/contract/", protections.ContractCreate.as_view(), name="contract-create"),
    path("protections/<int:pk>/renew/", protections.ProtectionRenew.as_view(), name="protection-renew"),
    path("exchange/archive/", shelving.Shelf.as_view(), name="exchange-shelf"),
    path("exchange/<int:pk>/quarantine/", shelving.QuarantineCreate.as_view(), name="client-quarantine"),
    path("exchange/<int:pk>/quarantine/lift/", shelving.QuarantineLift.as_view(), name="quarantine-lift"),
    path("exchange/<int:pk>/archive/", shelving.ArchiveCreate.as_view(), name="client-archive"),
    path("exchange/<int:pk>/restore/", shelving.ArchiveRestore.as_view(), name="archive-restore"),
    path("exchange/<int:pk>/inbound/", shelving.InboundCreate.as_view(), name="client-inbound"),
    path("protections/<int:pk>/revoke/", protections.ProtectionRevoke.as_view(), name="protection-revoke"),
    path("nights/", nights.NightList.as_view(), name="night-list"),
    path("nights/<int:pk>/", nights.NightDetail.as_view(), name="night-detail"),
    path("nights/<int:pk>/export/", nights.NightExport.as_view(), name="night-export"),
    path("nights/<int:pk>/progress/", nights.NightProgress.as_view(), name="night-progress"),
    path("nights/<int:pk>/confirm/", nights.NightConfirm.as_view(), name="night-confirm"),
    path("nights/<int:pk>/reject/", nights.NightReject.as_view(), name="night-reject"),
    path("nights/<int:pk>/undo/", nights.NightUndo.as_view(), name="night-undo"),
    path("signals/", signals.SignalList.as_view(), name="signal-list"),
    path("signals/<int:pk>/", signals.SignalDetail.as_view(), name="signal-detail"),
    path("signals/<int:pk>/unseen/", signals.SignalUnseen.as_view(), name="signal-unseen"),
    path("detachments/<int:pk>/undo/", nights.DetachmentUndo.as_view(), name="detachment-undo"),
]
