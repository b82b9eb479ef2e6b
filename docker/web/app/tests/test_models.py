import datetime

import pytest
from django.core.management import call_command
from django.db import IntegrityError

from projects.models import Project


def test_a_project_cannot_end_before_it_starts(db):
    with pytest.raises(IntegrityError):
        Project.objects.create(
            title="Backwards",
            slug="backwards",
            start=datetime.date(2024, 2, 1),
            end=datetime.date(2024, 1, 31),
        )


def test_the_address_of_a_project_is_its_slug():
    assert Project(slug="tidal").get_absolute_url() == "/projects/tidal/"


def test_migrations_match_the_models(db):
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_every_change_of_the_models_has_its_migration(db):
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
