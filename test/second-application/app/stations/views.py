import time

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from stations.forms import PictureForm
from stations.models import Measurement, Order, Station
from stations.tasks import carry_out


def overview(request):
    return render(
        request,
        "stations/overview.html",
        {
            "stations": Station.objects.order_by("name"),
            "measurements": Measurement.objects.count(),
            "orders": Order.objects.order_by("-pk")[:20],
        },
    )


def station(request, name):
    found = get_object_or_404(Station, name=name)
    form = PictureForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        found.picture = form.cleaned_data["picture"]
        found.save()
        messages.info(request, "the picture was taken")
        return redirect(request.path)
    newest = Measurement.objects.filter(station=found.name).order_by("-pk")[:10]
    return render(
        request,
        "stations/station.html",
        {"station": found, "measurements": newest, "form": form},
    )


@require_POST
def order(request):
    what = request.POST.get("what")
    if what not in ("forecast", "sleep", "letter"):
        return HttpResponseBadRequest("what: expected forecast, sleep or letter")
    recipient = request.POST.get("recipient", "")
    if what == "letter":
        try:
            validate_email(recipient)
        except ValidationError:
            return HttpResponseBadRequest("recipient: expected an e-mail address")
    created = Order.objects.create(what=what)
    carry_out.delay(created.pk, recipient)
    messages.info(request, f"order {created.pk} was taken")
    return redirect("overview")


def limits(request):
    """What a slow page with large headers is: `?seconds=N&headers=BYTES`. It says how many bytes of cookies it got."""
    time.sleep(float(request.GET["seconds"]))
    answer = HttpResponse(len(request.headers.get("Cookie", "")))
    for number in range(int(request.GET["headers"]) // 1024):
        answer[f"X-Limits-{number}"] = "a" * 1024
    return answer
