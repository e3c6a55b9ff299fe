"""Addresses of reports sent regularly."""

from django.urls import path

from reports.delivery import views

urlpatterns = [
    path("reports/deliveries/", views.DeliveryList.as_view(), name="report-deliveries"),
    path("reports/deliveries/new/", views.DeliveryCreate.as_view(), name="report-delivery-create"),
    path("reports/deliveries/<int:pk>/edit/", views.DeliveryUpdate.as_view(), name="report-delivery-update"),
    path("reports/deliveries/<int:pk>/send/", views.DeliverySend.as_view(), name="report-delivery-send"),
    path("reports/deliveries/<int:pk>/stop/", views.DeliverySwitch.as_view(is_on=False), name="report-delivery-stop"),
    path(
        "reports/deliveries/<int:pk>/resume/", views.DeliverySwitch.as_view(is_on=True), name="report-delivery-resume"
    ),
    path("reports/deliveries/<int:pk>/delete/", views.DeliveryDelete.as_view(), name="report-delivery-delete"),
    path("reports/deliveries/<int:pk>/leave/", views.DeliveryLeave.as_view(), name="report-delivery-leave"),
]
