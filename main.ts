import { rmSync } from 'node:fs';
import { argoCd } from './charts/argo-cd.ts';
import { appOf } from './charts/synthesize.ts';
import { type EnvironmentName, environments, manifestsFolder } from './environments/all.ts';
import { lockedEnvironments, pinnedImages, promotedFrom, unpinnedImages } from './environments/images.ts';
import { ImpossibleValue } from './environments/rules.ts';
import { validate } from './environments/validate.ts';
import { explained } from './tools/terminal/misfits.ts';

// The cdk8s command line names its output folder in this variable.
const dist = process.env.CDK8S_OUTDIR ?? 'dist';

try {
  const problems = validate(environments);
  if (problems.length > 0) throw new ImpossibleValue(problems.join('\n'));
  const names = Object.keys(environments) as EnvironmentName[];
  const apps = [
    ...names.map((name) => appOf(environments[name], manifestsFolder(name, dist))),
    argoCd(`${dist}/argocd`),
  ];
  // What is no longer made must not stay. Until here nothing has changed.
  rmSync(dist, { recursive: true, force: true });
  for (const app of apps) app.synth();
} catch (thrown) {
  const error = await explained(thrown);
  if (!(error instanceof ImpossibleValue)) throw error;
  console.error(error.message);
  process.exit(1);
}

for (const name of lockedEnvironments) {
  const unpinned = unpinnedImages(pinnedImages(name), environments[name].application);
  if (unpinned.length > 0)
    console.error(
      `warning: no real cluster can run ${name}: its images ${unpinned.join(', ')} are not pinned to published ones; run: npm run ${name === promotedFrom ? 'pin' : 'promote'} -- ${name}`,
    );
}
