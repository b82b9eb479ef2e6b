"""Checks the project against docs/application-contract.md, in the pod of dev. It changes nothing.

Usage: check_application.py < QUESTION, from the folder of manage.py.

tools/application/ has the question, which comes from environments/application.ts and the charts, and says what to do
about each point. The answer is JSON: for each point, what was found, and what is wrong.
"""

import json
import os
import sys

import questions
from application_process import Failed, ask

# Those that the application must read, whatever it is. What it uses of the others is its own affair.
READ_BY_ALL = {
    "SECRET_KEY",
    "DEBUG",
    "DJANGO_ALLOWED_HOSTS",
    "SITE_URL",
    "SQL_HOST",
    "SQL_DATABASE",
    "SQL_USER",
    "SQL_PASSWORD",
}
FORWARDED = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE = ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")


def points(question):
    """By name, in the order in which they are shown, what looks at a point.

    It gives what was found, and what is wrong.
    """
    dev = dict(os.environ)
    production = in_production(dev, question["production"])
    # The tests of an application use SQLite, which production does not.
    on_postgres = without(production, ["SQL_ENGINE"])
    build = without(dev, question["production"]) | question["build"]
    commands, checks = question["commands"], question["checks"]
    looks = {
        "settings": lambda: settings(question["required"], on_postgres),
        "import": lambda: at_import(production),
        "probes": lambda: (
            "/livez asks nobody, /readyz asks Postgres",
            problems(ask(questions.health, production, first_host(production))),
        ),
        "databases": lambda: databases(on_postgres),
        "hosts": lambda: allowed_hosts(production),
        "https": lambda: https(production),
        "static": lambda: (
            "they are collected without database and network",
            problems(ask(questions.static_files, build)),
        ),
        "migrations": lambda: (
            "none is missing",
            problems(ask(questions.missing_migrations, dev)),
        ),
        "files": lambda: (
            "nothing is written outside /tmp and MEDIA_ROOT",
            problems(ask(questions.writes, dev, first_host(dev))),
        ),
        "commands": lambda: (
            ", ".join(sorted({name for name, *_ in commands.values()})) or "none",
            problems(ask(questions.unknown_commands, dev, commands)),
        ),
        "exit codes": lambda: exit_codes(dev, checks),
    }
    if question["searchIndex"] is not None:
        looks["index"] = lambda: index(dev, question["searchIndex"])
    return looks


def check(question):
    """The points, each with what was found and what is wrong."""
    for name, look in points(question).items():
        found, wrong = look()
        yield {"point": name, "found": found, "wrong": wrong}
        # Without settings there is nothing else to ask.
        if name == "settings" and any(isinstance(each, Failed) for each in wrong):
            return


def first_host(variables):
    return variables["DJANGO_ALLOWED_HOSTS"].split()[0]


def problems(answer):
    return [answer] if isinstance(answer, Failed) else answer


def in_production(dev, given):
    """The variables of production in this pod. Credentials are dev's; a file that is not here is another one."""
    values = {
        name: dev.get(name, "made-up") if value is None else value
        for name, value in given.items()
    }
    another = dev.get("PGSSLROOTCERT", os.devnull)
    return dev | {
        name: another
        if value.startswith("/run/secrets/") and not os.path.exists(value)
        else value
        for name, value in values.items()
    }


def without(variables, names):
    return {name: value for name, value in variables.items() if name not in names}


def settings(required, variables):
    """A setting that is missing must stop the process, with a message that names it."""
    read = ask(questions.variables_read, variables)
    if isinstance(read, Failed):
        return "", [read]
    found = []
    for name in required:
        plain = name.removesuffix("_FILE")
        if name not in read:
            if plain in READ_BY_ALL:
                found.append(f"{name} is not read")
            continue
        answer = ask(questions.variables_read, without(variables, [name]))
        if not isinstance(answer, Failed):
            found.append(f"without {name} it starts")
        elif plain not in answer:
            found.append(f"without {name} it says only: {answer}")
    count = len([name for name in required if name in read])
    return f"{count} are read; without one it does not start, and says which", found


def at_import(variables):
    found = problems(ask(questions.queries_at_import, variables))
    if found:
        return "", found
    urlconf = ask(questions.urlconf_queries, variables)
    if isinstance(urlconf, Failed):
        return "", [f"the URLconf cannot be imported: {urlconf}"]
    also = "; the URLconf makes one, and it may" if urlconf else ""
    return f"no query in settings, models and AppConfig.ready(){also}", []


def databases(variables):
    answer = ask(questions.postgres_parameters, variables)
    if isinstance(answer, Failed):
        return "", [answer]
    aliases, environment = answer
    found = [
        f"{alias}: {problem}"
        for alias, parameters in aliases.items()
        if parameters is not None
        for problem in of_database(parameters, environment)
    ]
    if aliases["default"] is None:
        found.append("default: it is not Postgres")
    names = [alias for alias, parameters in aliases.items() if parameters is not None]
    return f"{', '.join(names)}: they survive a failover, and use TLS", found


def of_database(parameters, environment):
    """What a failover or an attacker could do to a connection with these parameters."""

    def value(name, variable):
        return parameters.get(name, environment.get(variable))

    if value("target_session_attrs", "PGTARGETSESSIONATTRS") not in (
        "read-write",
        "primary",
    ):
        yield "no target_session_attrs=read-write: during a failover it writes to a replica"
    if value("connect_timeout", "PGCONNECT_TIMEOUT") in (None, "0"):
        yield "no connect_timeout: it waits for a dead node for minutes"
    if "keepalives_idle" not in parameters and "tcp_user_timeout" not in parameters:
        yield "no keepalives_idle and no tcp_user_timeout: it waits for a dead node for hours"
    if parameters["kept"] and not parameters["CONN_HEALTH_CHECKS"]:
        yield "connections are kept without CONN_HEALTH_CHECKS: the first request after a failover fails"
    mode = value("sslmode", "PGSSLMODE")
    if mode != "verify-full":
        yield f"sslmode is {mode}, expected that of PGSSLMODE, verify-full"


def allowed_hosts(production):
    answer = ask(questions.values, production, "ALLOWED_HOSTS")
    if isinstance(answer, Failed):
        return "", [answer]
    hosts = production["DJANGO_ALLOWED_HOSTS"].split()
    allowed = answer["ALLOWED_HOSTS"]
    found = [
        f"{host!r} is not in ALLOWED_HOSTS" for host in hosts if host not in allowed
    ]
    if "*" in allowed:
        found.append("ALLOWED_HOSTS allows every host ('*')")
    return ", ".join(hosts), found


def https(production):
    site = production["SITE_URL"]
    names = ("SECURE_PROXY_SSL_HEADER", "CSRF_TRUSTED_ORIGINS", *SECURE)
    answer = ask(questions.values, production, *names)
    if isinstance(answer, Failed):
        return "", [answer]
    found = []
    if site not in answer["CSRF_TRUSTED_ORIGINS"]:
        found.append(f"CSRF_TRUSTED_ORIGINS does not have {site}")
    if site.startswith("https:"):
        header = answer["SECURE_PROXY_SSL_HEADER"]
        if header is None or tuple(header) != FORWARDED:
            found.append(f"SECURE_PROXY_SSL_HEADER is {header}, expected {FORWARDED}")
        found += [f"{name} is not True" for name in SECURE if answer[name] is not True]
    return site, found


def exit_codes(dev, checks):
    found = [
        problem
        for title, command in checks.items()
        for problem in problems(ask(questions.wrong_exit_code, dev, title, command))
    ]
    return f"{', '.join(checks) or 'none'}: 0 or 1", found


def index(dev, command):
    name = ask(questions.index_name, dev, command)
    if isinstance(name, Failed):
        return "", [f"{command[0]} gives no JSON with the index: {name}"]
    if name is not None and not name.startswith("coped-"):
        return "", [f"the index is called {name!r}"]
    return name or "there is none yet", []


def main():
    # Where manage.py is, wherever this program is.
    if not os.path.exists("manage.py"):
        sys.exit(f"there is no manage.py in {os.getcwd()}: start this in its folder")
    print(json.dumps(list(check(json.load(sys.stdin)))))


if __name__ == "__main__":
    main()
