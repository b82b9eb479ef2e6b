from django import forms
from django.core.validators import FileExtensionValidator


class PictureForm(forms.Form):
    picture = forms.FileField(
        validators=[FileExtensionValidator(["jpg", "png", "webp"])]
    )
