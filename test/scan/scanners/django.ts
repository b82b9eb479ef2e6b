import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { applicationSecrets } from '../../../charts/lib/secret-file.ts';
import { environments } from '../../../environments/all.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { root } from '../../../tools/terminal/programs.ts';
import { UserError } from '../../../tools/terminal/user-error.ts';
import { containerOf, podOf } from '../../lib/manifests.ts';
import type { Finding } from '../finding.ts';
import { answerOf, pythonEnvironment } from '../programs.ts';
import type { Scanner } from '../scanner.ts';

/** @throws UserError when it was told to be silent about a check, or did not get as far as to say so */
export function readDjango(environment: string, text: string): Finding[] {
  if (!/^System check identified (no|\d+) issues? \(0 silenced\)\.$/m.test(text))
    throw new UserError(`manage.py check of ${environment} has to end its checks and silence none: ${text}`);
  return [...text.matchAll(/^(.+?): \(([\w.]+)\) (.+)$/gm)].map(([, , rule = '', says = '']) => ({
    rule,
    object: environment,
    says,
  }));
}

/** The settings of the web pods, with files of random values in the place of their credentials. */
function settings(environment: AnyEnvironment, folder: string): Record<string, string> {
  const { env = [] } = containerOf(podOf(environment, 'Deployment', 'web'), 'web');
  return Object.fromEntries(
    env.map(({ name, value = '' }) => {
      if (!value.startsWith(`${applicationSecrets}/`)) return [name, value];
      const file = join(folder, basename(value));
      writeFileSync(file, randomBytes(32).toString('hex'));
      return [name, file];
    }),
  );
}

export const django = {
  name: 'django',
  looksAt: 'the settings of the site, as each environment without DEBUG has them',
  how: '`manage.py check --deploy`, every level',
  page: 'https://docs.djangoproject.com/en/5.2/ref/checks/#security',
  runs: 'everywhere',
  scan: async () => {
    const python = join(await pythonEnvironment('docker/web/requirements.txt'), 'bin', 'python');
    const found: Finding[] = [];
    for (const [name, environment] of Object.entries<AnyEnvironment>(environments)) {
      if (environment.debug) continue;
      const folder = mkdtempSync(join(tmpdir(), 'django-'));
      try {
        const { stdout, stderr } = await answerOf(python, ['manage.py', 'check', '--deploy'], {
          cwd: join(root, 'docker/web/app'),
          env: {
            ...settings(environment, folder),
            PYTHONPATH: join(root, 'docker/web/lib'),
            PYTHONDONTWRITEBYTECODE: '1',
          },
        });
        found.push(...readDjango(name, `${stdout}\n${stderr}`));
      } finally {
        rmSync(folder, { recursive: true });
      }
    }
    return found;
  },
} as const satisfies Scanner;
