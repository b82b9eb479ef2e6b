import { afterAll, beforeAll, test } from '@jest/globals';
import { removeCheckout, runIn } from '../lib/checkout.ts';
import { checkoutOfSecondApplication } from '../lib/second-application.ts';

let folder: string;

beforeAll(() => {
  folder = checkoutOfSecondApplication();
});

afterAll(() => removeCheckout(folder));

/** The commands of docs/bring-your-application.md. */
const commands = ['run synth', 'run format', 'test'];

// A test of the platform that expects the stand-in fails in the checkout of every team.
test('all tests pass with another application in the place of the stand-in', async () => {
  for (const command of commands) {
    const { exitCode, output } = await runIn(folder, 'npm', command.split(' '));
    if (exitCode !== 0) throw new Error(`npm ${command}: ${output}`);
  }
}, 600_000);
