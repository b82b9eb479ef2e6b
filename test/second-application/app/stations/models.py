from django.db import models


class Station(models.Model):
    name = models.SlugField(unique=True)
    picture = models.FileField(upload_to="stations", blank=True)


class Measurement(models.Model):
    """What the scheduler orders regularly. It is in another database, so it names its station without a foreign key."""

    station = models.SlugField()
    measured_at = models.DateTimeField(auto_now_add=True)
    host = models.CharField(max_length=253)


class Order(models.Model):
    """A task that a visitor has ordered; how often it was begun shows what a killed worker did to it."""

    what = models.CharField(max_length=20)
    ordered_at = models.DateTimeField(auto_now_add=True)
    begun = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    result = models.TextField(default="")
    error = models.TextField(default="")
