import { App, YamlOutputType } from 'cdk8s';
import type { AnyEnvironment } from '../environments/environment.ts';
import { backup } from './backup.ts';
import { certificates } from './certificates.ts';
import { generatedCredentials } from './credentials.ts';
import { elasticsearch } from './elasticsearch.ts';
import { ingress } from './ingress.ts';
import { liveSource } from './live-source.ts';
import { migration, sampleData } from './migration.ts';
import { namespace } from './namespace.ts';
import { network } from './network.ts';
import { nginx } from './nginx.ts';
import { postgres } from './postgres.ts';
import { web } from './web.ts';

/** The environment's manifests, one file a chart, numbered in the order in which they are applied. */
export function application(environment: AnyEnvironment, outdir: string): App {
  const app = new App({
    outdir,
    outputFileExtension: '.yaml',
    yamlOutputType: YamlOutputType.FILE_PER_CHART,
    recordConstructMetadata: false,
  });
  namespace(app, environment);
  network(app, environment);
  generatedCredentials(app, environment);
  certificates(app, environment);
  postgres(app, environment);
  elasticsearch(app, environment);
  backup(app, environment);
  migration(app, environment);
  sampleData(app, environment);
  liveSource(app, environment);
  web(app, environment);
  nginx(app, environment);
  ingress(app, environment);
  return app;
}
