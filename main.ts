import { argoCd } from './charts/argo-cd.ts';
import { appOf } from './charts/synthesize.ts';
import { type EnvironmentName, environments, manifestsFolder } from './environments/all.ts';
import { lockedEnvironments, pinnedImages, promotedFrom, unpinnedImages } from './environments/images.ts';
import { validate } from './environments/validate.ts';

// The cdk8s command line names its output folder in this variable.
const dist = process.env.CDK8S_OUTDIR ?? 'dist';

const problems = validate(environments);
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}

for (const name of Object.keys(environments) as EnvironmentName[])
  appOf(environments[name], manifestsFolder(name, dist)).synth();
argoCd(`${dist}/argocd`).synth();

for (const name of lockedEnvironments) {
  const unpinned = unpinnedImages(pinnedImages(name), environments[name].application);
  if (unpinned.length > 0)
    console.error(
      `warning: no real cluster can run ${name}: its images ${unpinned.join(', ')} are not pinned to published ones; run: npm run ${name === promotedFrom ? 'pin' : 'promote'} -- ${name}`,
    );
}
