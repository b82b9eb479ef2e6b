import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root } from '../../tools/terminal/programs.ts';

const files = readdirSync(join(root, 'tools'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join('tools', file));

/** What a message has people type, and what works on a cluster; each up to the next command. Sentences about kubectl are none. */
const commands =
  /kubectl (?:-|get|describe|logs|delete|create|rollout|patch|annotate|replace|scale|edit|label|top|exec (?!ended)|apply -f (?!\$\{folder\}))(?:(?!npm run |kubectl ).)*|npm run (?:migrate|reindex|grow|backups?|restore|doctor|load|survey|check-application|secrets (?=.*--env-file)) ?--(?:(?!npm run |kubectl ).)*/g;
const named = /--context|\$\{inContext\(context\)\}/;

test('a command in a message names the cluster to which the message belongs', () => {
  const isComment = (line: string) => /^\s*(\/\/|\/?\*)/.test(line);
  const found = files.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .filter((line) => !isComment(line))
      .flatMap((line) => line.match(commands) ?? [])
      .filter((command) => !named.test(command))
      .map((command) => `${file}: ${command}`),
  );
  expect(found).toEqual([]);
});
