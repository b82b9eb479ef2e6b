/** Runs `npm test` in a copy of the checkout that has another environment of each kind: a file and a line each. */
import { execa } from 'execa';
import { steps } from './fixtures/fourth-environments/steps.ts';
import { checkoutWith, removeCheckout } from './lib/checkout.ts';

const folder = checkoutWith(steps);
try {
  for (const [program, ...arguments_] of [
    ['biome', 'check', '--write', 'environments'],
    ['cdk8s', 'synth', '--no-check-upgrade'],
    ['npm', 'test', '--silent', '--', ...process.argv.slice(2)],
  ] as const) {
    const options = { cwd: folder, preferLocal: true, reject: false, stdio: 'inherit' } as const;
    const { exitCode } = await execa(program, arguments_, options);
    process.exitCode = exitCode ?? 1;
    if (exitCode !== 0) break;
  }
} finally {
  removeCheckout(folder);
}
