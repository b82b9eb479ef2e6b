import { appendFileSync, cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { checkDist, whatToInstall } from '../../../tools/local/without-programs.ts';
import { root } from '../../../tools/terminal/programs.ts';
import { folder } from '../../lib/command-line.ts';

describe('dist/', () => {
  test('is compared without a cluster; each file that is other, missing or too much is named', async () => {
    const dist = join(folder, 'dist');
    cpSync(join(root, 'dist'), dist, { recursive: true });
    expect(await checkDist(dist)).toMatch(/^dist\/ is what environments\/ and charts\/ make: \d+ files/);
    appendFileSync(join(dist, '50-web.yaml'), '# by hand\n');
    rmSync(join(dist, 'staging/60-nginx.yaml'));
    writeFileSync(join(dist, 'argocd/99-old.yaml'), '');
    expect(await checkDist(dist)).toBe(
      'dist/ is not what environments/ and charts/ make: 50-web.yaml, argocd/99-old.yaml, staging/60-nginx.yaml; write it with: npm run synth',
    );
  }, 60_000);
});

describe('what is to be installed is said in three lines for', () => {
  test.each([
    ['darwin', '24.5.0', 'macOS', 'brew install kind'],
    ['linux', '6.12.0-amd64', 'Linux', 'podman'],
    ['linux', '6.6.87.2-microsoft-standard-WSL2', 'WSL2', 'Docker Desktop for Windows'],
    ['win32', '10.0.26100', 'Windows', 'wsl --install'],
  ] as const)('%s %s', (platform, kernel, system, remedy) => {
    const [first, ...lines] = whatToInstall(platform, kernel).split('\n');
    expect(first).toBe(`the rest of up needs, on ${system}:`);
    expect(lines.map((line) => line.slice(2, 12).trim())).toEqual(['an engine', 'kind', 'kubectl']);
    expect(lines.join('\n')).toContain(remedy);
  });
});
