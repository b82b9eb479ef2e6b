import { bad, type Finding, good } from '../doctor/finding.ts';
import { listOf, object, oneOf, readJson, string } from '../terminal/json.ts';

interface Point {
  readonly title: string;
  /** Anchor of the heading in docs/application-contract.md that demands it. */
  readonly section: string;
  /** What to do when it does not hold. */
  readonly remedy: string;
}

/** What is checked of an application, in the words of docker/web/dev/check_application.py. */
export const points = {
  settings: {
    title: 'settings',
    section: 'settings',
    remedy: 'read each setting without a default; contract.environment has functions that do',
  },
  import: {
    title: 'import',
    section: 'management-commands',
    remedy: 'make the query when a page or a command needs it, not when a module is imported',
  },
  probes: {
    title: '/livez and /readyz',
    section: 'endpoints',
    remedy: "put 'contract.middleware.health' first into MIDDLEWARE",
  },
  databases: {
    title: 'databases',
    section: 'connections-to-postgres',
    remedy: 'write it into DATABASES',
  },
  hosts: {
    title: 'allowed hosts',
    section: 'settings',
    remedy: "ALLOWED_HOSTS = os.environ['DJANGO_ALLOWED_HOSTS'].split()",
  },
  https: {
    title: 'HTTPS',
    section: 'https',
    remedy: 'set it in the settings, where SITE_URL begins with https:',
  },
  static: {
    title: 'static files',
    section: 'the-image',
    remedy:
      "STATIC_ROOT = '/srv/coped/static', from where nginx copies the files; the build of the image runs collectstatic with made-up values: let it need no other ones",
  },
  migrations: {
    title: 'migrations',
    section: 'management-commands',
    remedy: 'python manage.py makemigrations, and commit what it writes',
  },
  files: {
    title: 'files',
    section: 'files',
    remedy: 'write to /tmp, log to standard output, keep what must stay in Postgres',
  },
  commands: {
    title: 'commands',
    section: 'the-applications-file',
    remedy: 'correct environments/application.ts, or add the command to the project',
  },
  'exit codes': {
    title: 'exit codes',
    section: 'management-commands',
    remedy: 'let it end with 0 if all is well, and with 1 if not, and say why in its last line',
  },
  index: {
    title: 'index names',
    section: 'management-commands',
    remedy: 'call the indices coped-…: its user in Elasticsearch may use no others',
  },
} as const satisfies Record<string, Point>;

type PointName = keyof typeof points;

const answer = listOf(
  object({
    point: oneOf(...(Object.keys(points) as PointName[])),
    found: string,
    wrong: listOf(string),
  }),
);

/**
 * Reads what check_application.py answered.
 *
 * @returns each point with its title
 * @throws UnexpectedAnswer when it is something else
 */
export function readPoints(text: string): { readonly title: string; readonly finding: Finding }[] {
  return readJson('check_application.py', text, answer).map(({ point, found, wrong }) => {
    const { title, section, remedy } = points[point];
    const page = `docs/application-contract.md#${section}`;
    return {
      title,
      finding: wrong.length === 0 ? good(found) : bad(wrong.join('; '), `${remedy}: ${page}`),
    };
  });
}
