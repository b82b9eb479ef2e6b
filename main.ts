import { join } from 'node:path';
import { application } from './charts/synthesize.ts';
import { environments } from './environments/all.ts';
import { validate } from './environments/validate.ts';

// The cdk8s command line names its output folder in this variable.
const dist = process.env.CDK8S_OUTDIR ?? 'dist';

const problems = validate(environments);
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}

for (const [name, environment] of Object.entries(environments)) {
  // `kubectl apply -f dist/` does not read subfolders, so dev is dist/ itself.
  const folder = name === 'dev' ? dist : join(dist, name);
  application(environment, folder).synth();
}
