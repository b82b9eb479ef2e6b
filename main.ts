import { join } from 'node:path';
import { application } from './charts/synthesize.ts';
import { environments } from './environments/all.ts';

// The cdk8s command line names its output folder in this variable.
const dist = process.env.CDK8S_OUTDIR ?? 'dist';

for (const [name, environment] of Object.entries(environments)) {
  // `kubectl apply -f dist/` reads no folder below, so dist/ itself is dev.
  const folder = name === 'dev' ? dist : join(dist, name);
  application(environment, folder).synth();
}
