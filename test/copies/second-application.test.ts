import { afterAll, beforeAll, test } from '@jest/globals';
import { removeCheckout, runIn } from '../lib/checkout.ts';
import { checkoutOfSecondApplication, keepUploadsIn } from '../lib/second-application.ts';

let folder: string;

beforeAll(() => {
  folder = checkoutOfSecondApplication();
});

afterAll(() => removeCheckout(folder));

/** The commands of docs/bring-your-application.md. */
const commands = ['run synth', 'run format', 'test'];

/** Runs commands of npm, which must succeed. */
async function npm(...commands: readonly string[]): Promise<void> {
  for (const command of commands) {
    const { exitCode, output } = await runIn(folder, 'npm', command.split(' '));
    if (exitCode !== 0) throw new Error(`npm ${command}: ${output}`);
  }
}

// A test of the platform that expects the stand-in fails in the checkout of every team.
test('all tests pass with another application in the place of the stand-in', () => npm(...commands), 600_000);

test('those of the manifests pass with its uploads in a bucket too', async () => {
  const store = { host: 's3.example.org', port: 9000, region: 'eu-west-1', bucket: 'uploads' } as const;
  const reached = {
    uriStyle: 'path',
    caConfigMap: 'store-ca',
    reachedAt: { cidrs: ['192.0.2.0/24'] },
  } as const;
  keepUploadsIn(folder, { ...store, ...reached });
  await npm('run synth', 'run format', 'run lint', 'run unit -- test/environments test/charts test/tools');
}, 600_000);
