import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageNames, isThirdParty } from '../../../environments/images.ts';
import { buildImage, localImages } from '../../../tools/local/images.ts';
import { listOf, number, object, optional, readJson, string } from '../../../tools/terminal/json.ts';
import { root } from '../../../tools/terminal/programs.ts';
import { UserError } from '../../../tools/terminal/user-error.ts';
import type { Finding } from '../finding.ts';
import { answerOf } from '../programs.ts';
import type { Scanner } from '../scanner.ts';

/** By digest: in March 2026 somebody moved tags of trivy's images and actions to others that stole credentials. */
const image =
  'ghcr.io/aquasecurity/trivy:0.74.0@sha256:62b1e65e8869bc4b4c6aa4fa2b21595256c7c2f6018a9d9ad61caf87187c1969';

const answer = object({
  Results: optional(
    listOf(
      object({
        Target: string,
        Class: string,
        Misconfigurations: optional(listOf(object({ ID: string, Severity: string, Message: string }))),
        Secrets: optional(listOf(object({ RuleID: string, StartLine: number, Title: string }))),
        Vulnerabilities: optional(
          listOf(
            object({ VulnerabilityID: string, PkgName: string, FixedVersion: string, Severity: string }),
          ),
        ),
      }),
    ),
  ),
});

/**
 * @param expected the classes of which it must have looked at something
 * @throws UserError when it looked at nothing of a class
 */
export function readTrivy(text: string, expected: readonly string[], image?: string): Finding[] {
  const { Results: results = [] } = readJson('trivy', text, answer);
  const missing = expected.find((name) => !results.some(({ Class }) => Class === name));
  if (missing)
    throw new UserError(`trivy looked at nothing of the class ${missing} in ${image ?? 'the files'}`);
  return results.flatMap(({ Target, Misconfigurations = [], Secrets = [], Vulnerabilities = [] }) => [
    ...Misconfigurations.map(({ ID, Severity, Message }) => ({
      rule: ID,
      object: Target.replace(/^manifests\//, ''),
      says: `${Severity}: ${Message}`,
    })),
    ...Secrets.map(({ RuleID, StartLine, Title }) => ({
      rule: RuleID,
      object: image ? `${image} ${Target}` : Target,
      says: `line ${StartLine}: ${Title}`,
    })),
    ...Vulnerabilities.map(({ VulnerabilityID, PkgName, FixedVersion, Severity }) => ({
      rule: VulnerabilityID,
      object: `${image} ${PkgName}`,
      says: `${Severity}: corrected in ${FixedVersion}`,
    })),
  ]);
}

/** Runs trivy on a folder, which it sees as `/scan` and cannot change; its database is kept for the next run. */
async function run(folder: string, command: readonly string[], path = ''): Promise<string> {
  const cache = join(root, '.local', 'scan', 'trivy');
  mkdirSync(cache, { recursive: true });
  const mounts = ['--volume', `${folder}:/scan:ro`, '--volume', `${cache}:/root/.cache/trivy`];
  const options = ['--quiet', '--format', 'json', '--skip-version-check', '--disable-telemetry'];
  const { stdout } = await answerOf('docker', [
    ...['run', '--rm', ...mounts, image],
    ...[...command, ...options, `/scan/${path}`],
  ]);
  return stdout;
}

export const trivyConfiguration = {
  name: 'trivy-configuration',
  looksAt: 'manifests and Dockerfiles',
  how: 'every severity',
  page: 'https://avd.aquasec.com/misconfig/',
  runs: 'online',
  scan: async ({ folder }) =>
    readTrivy(await run(folder, ['config', '--misconfig-scanners', 'kubernetes,dockerfile']), ['config']),
} as const satisfies Scanner;

export const trivySecrets = {
  name: 'trivy-secrets',
  looksAt: 'all files, for passwords and keys',
  how: 'every rule',
  page: 'https://trivy.dev/docs/latest/guide/scanner/secret/',
  runs: 'online',
  scan: async () => {
    const skipped = ['node_modules', '.local', '.git'].flatMap((name) => ['--skip-dirs', name]);
    return readTrivy(await run(root, ['filesystem', '--scanners', 'secret', ...skipped]), []);
  },
} as const satisfies Scanner;

export const trivyImages = {
  name: 'trivy-images',
  looksAt: "this project's images, as built now; Elasticsearch's is its maker's",
  how: 'secrets, and vulnerabilities of severity HIGH and CRITICAL that have been corrected',
  page: 'https://trivy.dev/docs/latest/guide/target/container_image/',
  runs: 'online',
  scan: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'images-'));
    const which = ['--severity', 'HIGH,CRITICAL', '--ignore-unfixed', '--scanners', 'vuln,secret'];
    const found: Finding[] = [];
    try {
      for (const built of localImages(
        'production',
        imageNames.filter((name) => !isThirdParty(name)),
      )) {
        await buildImage(built, 'docker', () => {});
        const archive = `${built.name}.tar`;
        await answerOf('docker', ['save', '--output', join(folder, archive), built.built]);
        const text = await run(folder, ['image', ...which, '--input'], archive);
        found.push(...readTrivy(text, ['os-pkgs'], built.name));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
    return found;
  },
} as const satisfies Scanner;
