import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root } from '../../tools/terminal/programs.ts';

const files = readdirSync(join(root, 'tools'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join('tools', file));

/** What a message has people type, and what works on a cluster. Sentences about kubectl are none. */
const commands = [
  /kubectl (--namespace|-n|get|describe|logs|delete|create|rollout|patch|annotate|replace|exec (?!ended)|apply -f (?!\$\{folder\}))/,
  /npm run (migrate|reindex|grow|backups?|restore|doctor|secrets (?=.*--env-file)) ?--(?!.*(--context|\$\{inContext\(context\)\}))/,
];

test('a command in a message names the cluster to which the message belongs', () => {
  const isComment = (line: string) => /^\s*(\/\/|\/?\*)/.test(line);
  const found = files.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .filter((line) => !isComment(line) && commands.some((command) => command.test(line)))
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});
