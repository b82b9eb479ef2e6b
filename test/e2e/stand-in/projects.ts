/** The pages of the stand-in, and its sample projects. */
import { type EnvironmentName, environments } from '../../../environments/all.ts';
import { eventually } from '../../lib/kubectl.ts';
import { bringUp, siteOf } from '../bring-up.ts';
import { exec, npmSucceeds, page } from '../cluster.ts';

/** How many sample projects there are at least. */
export const sampleProjects = 300;

/** Titles of the projects that a page of results lists. */
export function hits(body: string): string[] {
  return [...body.matchAll(/<li class="hit">\s*<h3><a href="[^"]*">(.*?)<\/a>/gs)].map(([, title]) =>
    (title ?? '').replaceAll(/<[^>]*>/g, ''),
  );
}

/** How many projects a page of results says that it found. */
export function resultCount(body: string): number {
  return Number(/id="result-count">(\d+) project/.exec(body)?.[1] ?? Number.NaN);
}

/** Brings an environment up, with the sample projects. */
export async function bringUpWithProjects(name: EnvironmentName): Promise<void> {
  await bringUp(name);
  await loadProjects(name);
}

/** Loads the sample projects, unless they are there, and waits until the site shows them. */
export async function loadProjects(name: EnvironmentName): Promise<void> {
  const site = siteOf(name);
  const status = await eventually(`an answer of ${site}`, 120, async () => {
    const { status, body } = await page(site);
    return status === 200 && (resultCount(body) >= sampleProjects ? 'full' : 'empty');
  });
  if (status === 'full' || environments[name].kind === 'dev') {
    await showsProjects(site, 60);
    return;
  }
  const web = { namespace: environments[name].namespace, of: 'deployment/web', container: 'web' };
  const { exitCode, output } = await exec(web, 'python', 'manage.py', 'load_sample_projects');
  if (exitCode !== 0) throw new Error(`${name} took no sample projects: ${output}`);
  await npmSucceeds('reindex', '--', name);
}

/** Waits until a site shows every sample project. */
export function showsProjects(site: string, seconds: number): Promise<true> {
  return eventually(
    'the projects',
    seconds,
    async () => resultCount((await page(site)).body) >= sampleProjects,
  );
}
