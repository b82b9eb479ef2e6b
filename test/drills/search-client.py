"""Writes, searches and asks for the health of Elasticsearch without pause, as the application's pods do it.

Reads a JSON object from standard input: index, stop (a file that ends it), seconds (after which it ends anyway),
app, monitor (a user's name and password each). Writes one JSON object at the end: what was acknowledged, whether it is
there, what failed, and each change of the health.
"""

import json
import os
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

from elasticsearch import ApiError, Elasticsearch, TransportError

PAUSE = 0.02
orders = json.load(sys.stdin)
index = orders["index"]
begin = time.monotonic()
ended = threading.Event()
acknowledged = []
failed_writes = []
failed_searches = []
searches = []
healths = []


def client(user):
    # The Service leads to a killed node for a second or two, which refuses: such an attempt takes milliseconds.
    ca = os.environ.get("ELASTIC_CA_FILE")
    return Elasticsearch(
        f"{'https' if ca else 'http'}://{os.environ['ELASTIC_HOSTNAME']}:{os.environ['ELASTIC_PORT']}",
        basic_auth=tuple(orders[user]),
        request_timeout=3,
        max_retries=5,
        retry_on_status=(),
        **({"ca_certs": ca} if ca else {}),
    )


def now():
    return round(time.monotonic() - begin, 2)


def write():
    app, number = client("app"), 0
    while not ended.wait(PAUSE):
        number += 1
        try:
            app.index(index=index, id=str(number), document={"number": number})
            acknowledged.append((number, now()))
        except (ApiError, TransportError) as error:
            failed_writes.append((now(), str(error)[:120]))


def search():
    app = client("app")
    while not ended.wait(PAUSE):
        start = now()
        try:
            app.search(index=index, size=1, allow_partial_search_results=False)
            searches.append(now() - start)
        except (ApiError, TransportError) as error:
            failed_searches.append((now(), str(error)[:120]))


def watch():
    monitor = client("monitor")
    while not ended.wait(0.5):
        try:
            answer = monitor.cluster.health(master_timeout="2s")
            health = f"{answer['status']}, {answer['number_of_nodes']} nodes"
        except (ApiError, TransportError) as error:
            health = f"no answer: {str(error)[:120]}"
        if not healths or healths[-1][1] != health:
            healths.append((now(), health))


def missing():
    app = client("app").options(request_timeout=30)
    numbers = [str(number) for number, _ in acknowledged]
    for first in range(0, len(numbers), 500):
        answer = app.mget(index=index, ids=numbers[first : first + 500], source=False)
        yield from (each["_id"] for each in answer["docs"] if not each.get("found"))


def main():
    threads = [threading.Thread(target=each) for each in (write, search, watch)]
    for thread in threads:
        thread.start()
    stop = Path(orders["stop"])
    while now() < orders["seconds"] and not stop.exists():
        time.sleep(0.1)
    ended.set()
    for thread in threads:
        thread.join()
    stop.unlink(missing_ok=True)
    times = [0, *(at for _, at in acknowledged)]
    result = {
        "acknowledged": len(acknowledged),
        "lost": list(missing()),
        "failedWrites": failed_writes,
        "gapSeconds": max(
            (later - earlier for earlier, later in pairwise(times)), default=0
        ),
        "searches": len(searches),
        "failedSearches": failed_searches,
        "slowestSearchSeconds": max(searches, default=0),
        "healths": healths,
    }
    print(json.dumps(result))


main()
