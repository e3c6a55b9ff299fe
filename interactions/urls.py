"""Addresses of My day, events and sales."""

from django.urls import path

from interactions.views import agreements, approvals, contact, events, finishing, my_day, occasions, picking, sales

urlpatterns = [
    path("", my_day.MyDay.as_view(), name="my-day"),
    path("day/<int:pk>/", my_day.DayClient.as_view(), name="day-client"),
    path("contact/", picking.ContactPick.as_view(), name="contact-pick"),
    path("clients/<int:pk>/contact/", contact.ContactRegister.as_view(), name="contact-register"),
    path("clients/<int:pk>/history/", contact.ClientHistory.as_view(), name="client-history"),
    path("events/", events.EventList.as_view(), name="event-list"),
    path("events/export/", events.EventExport.as_view(), name="event-export"),
    path("events/new/", events.EventCreate.as_view(), name="event-create"),
    path("events/<int:pk>/", events.EventPage.as_view(), name="event-detail"),
    path("events/<int:pk>/edit/", events.EventUpdate.as_view(), name="event-update"),
    path("events/<int:pk>/client/", events.EventMove.as_view(), name="event-move"),
    path("events/<int:pk>/finish/", finishing.EventFinish.as_view(), name="event-finish"),
    path("events/<int:pk>/replan/", finishing.EventReplan.as_view(), name="event-replan"),
    path("events/<int:pk>/undo/", finishing.EventUndo.as_view(), name="event-undo"),
    path("events/<int:pk>/cancel/", events.EventCancel.as_view(), name="event-cancel"),
    path("events/<int:pk>/delete/", events.EventDelete.as_view(), name="event-delete"),
    path("events/<int:pk>/approve/", events.EventApprove.as_view(), name="event-approve"),
    path("approvals/", approvals.ApprovalList.as_view(), name="approval-list"),
    path("approvals/decide/", approvals.ApprovalDecide.as_view(), name="approval-decide"),
    path("clients/<int:pk>/agreements/new/", agreements.AgreementCreate.as_view(), name="agreement-create"),
    path("agreements/<int:pk>/settle/", agreements.AgreementSettle.as_view(), name="agreement-settle"),
    path("occasions/", occasions.OccasionList.as_view(), name="occasion-list"),
    path("occasions/<int:pk>/", occasions.OccasionClients.as_view(), name="occasion-clients"),
    path("clients/<int:pk>/letter/", occasions.LetterWrite.as_view(), name="letter-write"),
    path("letters/<int:pk>/cancel/", occasions.LetterCancel.as_view(), name="letter-cancel"),
    path("sales/", sales.ProcessList.as_view(), name="process-list"),
    path("sales/export/", sales.ProcessExport.as_view(), name="process-export"),
    path("sales/<int:pk>/tags/", sales.ProcessTags.as_view(), name="process-tags"),
    path("sales/board/", sales.ProcessBoard.as_view(), name="process-board"),
    path("sales/new/", sales.ProcessCreate.as_view(), name="process-create"),
    path("sales/<int:pk>/", sales.ProcessPage.as_view(), name="process-detail"),
    path("sales/<int:pk>/edit/", sales.ProcessUpdate.as_view(), name="process-update"),
    path("sales/<int:pk>/move/", sales.ProcessMove.as_view(), name="process-move"),
    path("sales/<int:pk>/close/", sales.ProcessClose.as_view(), name="process-close"),
    path("sales/<int:pk>/reopen/", sales.ProcessReopen.as_view(), name="process-reopen"),
    path("sales/<int:pk>/delete/", sales.ProcessDelete.as_view(), name="process-delete"),
]
