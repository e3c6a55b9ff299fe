"""Addresses of the exchange."""

from django.urls import path

from exchange import views

urlpatterns = [
    path("exchange/", views.ExchangeBoard.as_view(), name="exchange-board"),
    path("exchange/<int:pk>/claim/", views.ClaimView.as_view(), name="claim"),
    path("exchange/<int:pk>/assign/", views.AssignView.as_view(), name="exchange-assign"),
    path("clients/<int:pk>/return/", views.ReturnView.as_view(), name="client-return"),
]
