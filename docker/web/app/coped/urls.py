from django.urls import path

from projects import views

urlpatterns = [
    path("", views.search, name="search"),
    path("projects/<slug:slug>/", views.project, name="project"),
]
