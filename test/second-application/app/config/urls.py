from django.urls import path

from stations import views
from stations.models import Station

urlpatterns = [
    path("", views.overview, name="overview"),
    path("order/", views.order, name="order"),
    path("limits/", views.limits, name="limits"),
    # A page for each station that there is: this reads a table when the module is imported.
    *(
        path(f"{name}/", views.station, {"name": name}, name=f"station-{name}")
        for name in Station.objects.values_list("name", flat=True)
    ),
]
