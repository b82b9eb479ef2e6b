from django.db import models
from django.urls import reverse


class Topic(models.Model):
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ("name",)

    def __str__(self):
        return self.name


class ProjectQuerySet(models.QuerySet):
    def revise(self):
        """Counts a change, in the same transaction, which holds the rows until it ends."""
        return self.update(revision=models.F("revision") + 1)


class Project(models.Model):
    title = models.CharField(max_length=200)
    slug = models.SlugField(max_length=200, unique=True)
    summary = models.TextField()
    organisation = models.CharField(max_length=200)
    funder = models.CharField(max_length=200)
    start = models.DateField()
    end = models.DateField()
    topics = models.ManyToManyField(Topic, related_name="projects")
    # Grows with each change: the version of the project's document in the search index. The
    # database has a default too, because code of the previous version inserts rows without it.
    revision = models.BigIntegerField(default=1, db_default=1, editable=False)

    objects = ProjectQuerySet.as_manager()

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

    def save(self, *, force_insert=False, update_fields=None, **options):
        if force_insert or self._state.adding or self.pk is None:
            super().save(
                force_insert=force_insert, update_fields=update_fields, **options
            )
            return
        # In the same statement as the change, which locks the row: so no two changes count as one.
        self.revision = models.F("revision") + 1
        if update_fields is not None:
            update_fields = {*update_fields, "revision"}
        super().save(**options | {"force_update": True, "update_fields": update_fields})
        self.refresh_from_db(fields=["revision"])

    def get_absolute_url(self):
        return reverse("project", args=[self.slug])
