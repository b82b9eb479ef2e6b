import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import { allCalls, changes, cli, folder, program, refused } from '../../lib/command-line.ts';

const { namespace } = environments.dev;
const wrong = (...texts: string[]) => [
  { point: 'migrations', found: 'none is missing', wrong: [] },
  { point: 'hosts', found: 'coped.example.org', wrong: texts },
];

/** A kubectl whose cluster has dev, and whose pod answers this. */
function podAnswers(answer: string, exitCode = 0): void {
  program(
    'kubectl',
    'PATH=/usr/bin:/bin',
    'case "$*" in',
    '  *current-context*) printf kind-coped;;',
    '  *"get deployment web"*) echo "{}";;',
    `  *"exec --stdin"*) cat > ${join(folder, 'question')}; printf '%s' '${answer}'; exit ${exitCode};;`,
    'esac',
  );
}

test('each point is a line, and the command succeeds if all hold', async () => {
  podAnswers(JSON.stringify(wrong()));
  expect(await cli(['check-application'])).toEqual({
    exitCode: 0,
    output: [
      `the application in the web pod of ${namespace}, in "kind-coped"`,
      '✔ migrations            none is missing',
      '✔ allowed hosts         coped.example.org',
    ].join('\n'),
  });
  expect(allCalls().filter((call) => call.includes('exec'))).toEqual([
    `kubectl --context kind-coped exec --stdin --namespace ${namespace} deployment/web --container web -- python /srv/coped/dev/check_application.py`,
  ]);
  expect(JSON.parse(readFileSync(join(folder, 'question'), 'utf8')).production.DEBUG).toBe('0');
  expect(changes()).toEqual([]);
});

test('what does not hold is said, with the section of the contract, and the command fails', async () => {
  podAnswers(JSON.stringify(wrong('ALLOWED_HOSTS allows every host')));
  await refused(
    ['check-application'],
    /✖ allowed hosts +ALLOWED_HOSTS allows every host\n +→ .*: docs\/application-contract\.md#settings\n\nerror: 1 of 2 points of the contract do not hold$/,
  );
});

test.each([
  ['kind-coped', 'npm run up'],
  ['kind-other', 'npm run up -- --context kind-other'],
])('without dev in %s it says how to bring it up there', (context, command) =>
  refused(
    ['check-application', '--context', context],
    new RegExp(`^\\nerror: dev is not deployed in "${context}"; bring it up: ${command}$`),
  ),
);

test('an answer that is not one is shown', async () => {
  podAnswers('Traceback');
  await refused(
    ['check-application'],
    /check_application\.py answered with something else than JSON: Traceback$/,
  );
});
