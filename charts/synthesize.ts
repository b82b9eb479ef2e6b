import { App, YamlOutputType } from 'cdk8s';
import type { AnyEnvironment } from '../environments/environment.ts';
import { externalSecrets } from './external-secrets.ts';
import { httpRoute } from './http-route.ts';
import { ingress } from './ingress.ts';
import { addWorkload } from './lib/workload-chart.ts';
import { liveSource } from './live-source.ts';
import { namespace } from './namespace.ts';
import { network } from './network.ts';
import { workloadsOf } from './workloads.ts';

/** The environment's manifests, one file a chart, numbered in the order in which they are applied. */
export function appOf(environment: AnyEnvironment, outdir: string): App {
  const app = appIn(outdir);
  namespace(app, environment);
  network(app, environment);
  externalSecrets(app, environment);
  const workloads = workloadsOf(environment);
  for (const workload of workloads) addWorkload(app, workload, environment, workloads);
  liveSource(app, environment);
  ingress(app, environment);
  httpRoute(app, environment);
  return app;
}

/** An App without charts, which writes each chart to a file of its own. */
export function appIn(outdir: string): App {
  return new App({
    outdir,
    outputFileExtension: '.yaml',
    yamlOutputType: YamlOutputType.FILE_PER_CHART,
    recordConstructMetadata: false,
  });
}
