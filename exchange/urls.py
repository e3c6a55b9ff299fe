"""Addresses of the exchange and its nights."""

from django.urls import path

from exchange.views import board, leaving, nights

urlpatterns = [
    path("exchange/", board.ExchangeBoard.as_view(), name="exchange-board"),
    path("exchange/<int:pk>/claim/", board.ClaimView.as_view(), name="claim"),
    path("exchange/<int:pk>/assign/", board.AssignView.as_view(), name="exchange-assign"),
    path("clients/<int:pk>/return/", board.ReturnView.as_view(), name="client-return"),
    path("exchange/leaving/", leaving.LeavingPage.as_view(), name="exchange-leaving"),
    path("nights/", nights.NightList.as_view(), name="night-list"),
    path("nights/<int:pk>/", nights.NightDetail.as_view(), name="night-detail"),
]
