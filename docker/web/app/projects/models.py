from django.db import models
from django.urls import reverse


class Topic(models.Model):
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ("name",)

    def __str__(self):
        return self.name


class Project(models.Model):
    title = models.CharField(max_length=200)
    slug = models.SlugField(max_length=200, unique=True)
    summary = models.TextField()
    organisation = models.CharField(max_length=200)
    funder = models.CharField(max_length=200)
    start = models.DateField()
    end = models.DateField()
    topics = models.ManyToManyField(Topic, related_name="projects")

    class Meta:
        ordering = ("title",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(end__gte=models.F("start")),
                name="project_ends_after_its_start",
            ),
        )

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("project", args=[self.slug])
