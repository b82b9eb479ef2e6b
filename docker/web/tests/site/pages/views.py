from django.shortcuts import render

GREETING = "Hello"


def page(request):
    return render(request, "pages/page.html", {"greeting": GREETING})
