import { application } from './charts/synthesize.ts';
import { type EnvironmentName, environments, manifestsFolder } from './environments/all.ts';
import { validate } from './environments/validate.ts';

// The cdk8s command line names its output folder in this variable.
const dist = process.env.CDK8S_OUTDIR ?? 'dist';

const problems = validate(environments);
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}

for (const name of Object.keys(environments) as EnvironmentName[])
  application(environments[name], manifestsFolder(name, dist)).synth();
