from django.db import migrations


def create(apps, _):
    station = apps.get_model("stations", "Station")
    for name in ("harbour", "hilltop"):
        station.objects.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [("stations", "0001_stations")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
