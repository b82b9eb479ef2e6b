from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("stations", "0002_first_stations")]
    operations = [
        migrations.AddField(
            "station",
            "picture",
            models.FileField(blank=True, default="", upload_to="stations"),
            preserve_default=False,
        ),
    ]
