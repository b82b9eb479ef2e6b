import { execa } from 'execa';
import { local } from '../cluster.ts';
import { type Visits, visit } from '../streams.ts';
import { resultCount } from './projects.ts';

/**
 * Starts a stream of searches, one after the other.
 *
 * @param site address of the site
 * @param atLeast projects that a search for everything must find
 */
export function search(site: string, atLeast: number): Visits {
  return visit(site, ({ status, body }) => {
    const count = resultCount(body);
    if (status === 200 && count >= atLeast) return undefined;
    return Number.isNaN(count) ? body.slice(0, 60) : `${count} projects`;
  });
}

/** Writes projects without pause, as editors do. */
export interface Writes {
  /** Ends them, and gives the slugs of the projects that were saved. */
  stop(): Promise<readonly string[]>;
}

/** Says each slug after the project has been saved. */
const program = `
import itertools, sys, threading
from datetime import date
from projects.models import Project, Topic
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
topic = Topic.objects.first()
for number in itertools.count():
    if ended.wait(0.05):
        break
    slug = f"PREFIX-{number}"
    project = Project.objects.create(
        title=f"Written WORD {number}", slug=slug, summary="by a test",
        organisation="none", funder="none", start=date(2024, 1, 1), end=date(2024, 12, 31),
    )
    project.topics.add(topic)
    print(slug, flush=True)
`;

/**
 * Starts a stream of new projects from a web pod, and from another one when that goes.
 *
 * @param word a word that is in the title of each, and of no other project
 */
export function write(namespace: string, word: string): Writes {
  const slugs: string[] = [];
  let isEnding = false;
  let round = 0;
  let running = start();

  function start() {
    round += 1;
    const code = program.replace('PREFIX', `${word}-${round}`).replace('WORD', word);
    return execa(
      'kubectl',
      [
        ...['--context', local.context],
        ...['exec', '--stdin', '--namespace', namespace, 'deployment/web', '--container', 'web'],
        ...['--', 'python', 'manage.py', 'shell', '--verbosity', '0', '--command', code],
      ],
      { reject: false },
    );
  }

  const loop = (async () => {
    for (;;) {
      const { stdout, stderr } = await running;
      // A change that Elasticsearch did not take is saved with a warning, which explains a difference.
      if (stderr.includes('WARNING')) console.log(stderr);
      slugs.push(...stdout.split('\n').filter((line) => line.startsWith(word)));
      if (isEnding) return;
      running = start();
    }
  })();
  return {
    stop: async () => {
      isEnding = true;
      running.stdin?.end();
      await loop;
      return slugs;
    },
  };
}
