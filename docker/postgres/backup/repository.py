"""pgBackRest's repository, as these programs use it."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psycopg2

STANZA = "coped"
# The kubelet shows the content of this file as the reason why a container ended.
TERMINATION_MESSAGE = Path("/dev/termination-log")

# What pgBackRest says, and what it means here.
MEANINGS = (
    (
        r"SignatureDoesNotMatch|InvalidAccessKeyId|AccessDenied|403 \(Forbidden\)",
        "the object store refuses the key: look at BACKUP_S3_KEY and BACKUP_S3_SECRET",
    ),
    (
        r"unable to verify certificate|certificate verify failed|unable to find hostname",
        "the object store's certificate is not to be trusted: look at objectStore.host and caConfigMap",
    ),
    (
        r"unable to flush|cipher header invalid|unable to decrypt|FormatError",
        "what the object store holds cannot be decrypted: BACKUP_PASSPHRASE is not the one it was encrypted with",
    ),
    (
        r"do not match the database|system-id .* do not match",
        "the object store holds the backups of another database cluster: restore those, or move them to another path",
    ),
    (
        r"ChecksumError",
        "a file of this backup is damaged in the object store: restore another one, and take a full one now",
    ),
    (
        r"missing stanza path|missing stanza data",
        "nothing has been backed up there yet: look at the Job postgres-backup",
    ),
    (
        r"NoSuchBucket",
        "the object store has no such bucket: make it, or look at objectStore.bucket",
    ),
    (
        r"HostConnectError|unable to connect to|timeout connecting|NameResolution|unable to get address",
        "a host does not answer: the object store, or every member of Postgres",
    ),
    (
        r"No space left|disk full",
        "the volume is full: give it more room (docs/volumes.md)",
    ),
)


class Failed(Exception):
    """What failed, for people; the first line alone says what to do."""


def pgbackrest(*arguments, show=True):
    """Runs pgBackRest and returns its output; prints it meanwhile unless show is false."""
    command = ["pgbackrest", f"--stanza={STANZA}", *arguments]
    if not show:
        # Small requests: a store that does not answer them soon is unavailable.
        command += [
            "--log-level-console=off",
            "--log-level-stderr=error",
            "--io-timeout=10",
        ]
    lines = []
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if show else subprocess.PIPE,
        text=True,
        errors="replace",  # what a wrong passphrase decrypts to
    ) as process:
        for line in process.stdout:
            lines.append(line)
            if show and " command begin " not in line:
                print(line, end="", flush=True)
        errors = "" if show else process.stderr.read()
    if process.returncode != 0:
        raise Failed(explain(arguments[0], "".join(lines) + errors))
    return "".join(lines)


def explain(action, output):
    """One line that says what an error of pgBackRest means, followed by pgBackRest's own words."""
    said = [line.strip() for line in output.splitlines() if line.strip()]
    said = (
        [line for line in said if re.search(r"ERROR|Error\]", line)]
        or said[-1:]
        or ["it said nothing"]
    )
    meanings = [meaning for pattern, meaning in MEANINGS if re.search(pattern, output)]
    return f"pgbackrest {action} failed: " + "\n".join(
        [*meanings[:1], *(line[:500] for line in said[:3])]
    )


def stanza():
    """What the repository holds, as `pgbackrest info` reports it; without backups their list is empty."""
    (found,) = json.loads(pgbackrest("info", "--output=json", show=False), strict=False)
    if found["status"]["code"] not in (0, 2):  # 2: no valid backups
        (repository,) = found["repo"]
        raise Failed(explain("info", repository["status"]["message"]))
    return found


def backups():
    """The backups, oldest first, at least one."""
    found = stanza()["backup"]
    if not found:
        raise Failed("the object store holds no backup")
    return found


def moment(seconds):
    return datetime.fromtimestamp(seconds, UTC)


def files(path, pattern):
    """When each file in a folder of the repository was stored, by name, if the name matches the pattern."""
    listed = json.loads(
        pgbackrest("repo-ls", path, f"--filter={pattern}", "--output=json", show=False)
    )
    return {
        name: moment(file.get("time", 0))
        for name, file in listed.items()
        if name != "."
    }


def newest_segment():
    """The newest archived WAL segment, and when it was archived."""
    archive = stanza()["archive"][-1]
    segment = archive["max"]
    ((_, archived),) = files(
        f"archive/{STANZA}/{archive['id']}/{segment[:16]}", f"^{segment}-"
    ).items()
    return segment, archived


def archive_folder():
    return f"archive/{STANZA}/{stanza()['archive'][-1]['id']}"


def number(segment):
    """The number of a WAL segment, whatever its timeline: 256 segments share the middle eight digits of the name."""
    return int(segment[8:16], 16) * 256 + int(segment[16:24], 16)


def run(program, main):
    """Ends the process as main does; a failure is its reason in the log and where the kubelet looks for it."""
    try:
        main()
    except Failed as failure:
        fail(f"{program}: {failure}")
    except psycopg2.Error as error:
        fail(f"{program}: {explain_database(error)}")


def fail(reason):
    if TERMINATION_MESSAGE.exists():
        TERMINATION_MESSAGE.write_text(reason[:4000])
    sys.exit(reason)


def explain_database(error):
    """One line on an error of Postgres: whether it is away, or has answered that it refuses."""
    # Without a code the server has said nothing; with one of these it has said goodbye.
    is_lost = error.pgcode is None or error.pgcode.startswith(("57P", "08"))
    what = "the connection to Postgres was lost" if is_lost else "Postgres refuses"
    return f"{what}: {' '.join(str(error).split())}"
