"""Which database has which table."""


class Measurements:
    """Measurements are in a database of their own; everything else is in the first."""

    def db_for_read(self, model, **hints):
        return "measurements" if is_measurement(model._meta.label_lower) else None

    db_for_write = db_for_read

    def allow_migrate(self, db, app_label, model_name=None, **hints):
        is_there = is_measurement(f"{app_label}.{model_name}")
        return (db == "measurements") == is_there


def is_measurement(label):
    return label == "stations.measurement"
