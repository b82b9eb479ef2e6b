import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { migrationJob, reindexJob } from '../../charts/jobs-by-command.ts';
import { appOf } from '../../charts/synthesize.ts';
import { type EnvironmentName, environments, manifestsFolder } from '../../environments/all.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { environmentNames } from '../../tools/local/environments.ts';
import { root } from '../../tools/terminal/programs.ts';
import { clusters } from '../clusters/all.ts';

/** What is scanned: a copy, so that a scanner meets only what it is meant to look at. */
export interface Subject {
  /** It holds `docker` and `.github` as they are, and `manifests`, with a folder for each environment. */
  readonly folder: string;
  /** The folders of `manifests`. */
  readonly manifests: readonly string[];
}

/**
 * Copies what is scanned.
 *
 * @param add writes the folders of the manifests
 * @default those of dist/, with the Jobs that commands make, and those of test/clusters
 */
export function subject(add: (manifests: string) => void = addEnvironments): Subject {
  const folder = mkdtempSync(join(tmpdir(), 'scan-'));
  for (const name of ['docker', '.github']) cpSync(join(root, name), join(folder, name), { recursive: true });
  const manifests = join(folder, 'manifests');
  mkdirSync(manifests);
  add(manifests);
  return { folder, manifests: readdirSync(manifests) };
}

export function removeSubject({ folder }: Subject): void {
  rmSync(folder, { recursive: true });
}

function addEnvironments(manifests: string): void {
  for (const name of environmentNames) {
    const folder = join(manifests, name);
    mkdirSync(folder);
    for (const { file, text } of manifestsOf(name)) writeFileSync(join(folder, file), text);
  }
  for (const [name, environment] of Object.entries<AnyEnvironment>(clusters)) {
    const folder = join(manifests, name);
    appOf(environment, folder).synth();
    const { file, text } = jobsByCommand(environment);
    writeFileSync(join(folder, file), text);
  }
}

/** The files of an environment in dist/, and one with the Jobs that commands make. */
export function manifestsOf(name: EnvironmentName): ManifestFile[] {
  const folder = join(root, manifestsFolder(name));
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  return [
    ...files.map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') })),
    jobsByCommand(environments[name]),
  ];
}

interface ManifestFile {
  readonly file: string;
  readonly text: string;
}

function jobsByCommand(environment: AnyEnvironment): ManifestFile {
  const migration = environment.migrations === 'job' ? [] : [migrationJob(environment)];
  const { searchIndex } = environment.application;
  const reindex = searchIndex ? [reindexJob(environment, searchIndex.rebuild)] : [];
  const jobs = [...migration, ...reindex];
  return { file: 'by-command.yaml', text: jobs.map(({ manifest }) => dump(manifest)).join('---\n') };
}

/** A name of an object, as exceptions have it: `production/Job/migrate`, without the hash of the content of a Job or its pods. */
export function objectName(environment: string, kind: string, name: string): string {
  return `${environment}/${kind}/${kind === 'Job' || kind === 'Pod' ? name.replace(/-[0-9a-f]{10}$/, '') : name}`;
}
