import type { k8s } from 'cdk8s-plus-27';
import { type CredentialName, credentials } from '../../environments/credentials.ts';
import type { AnyEnvironment, Size } from '../../environments/environment.ts';
import { type HardenedContainer, type HardenedPodProps, hardenedPod } from './hardened-pod.ts';
import { ports } from './names.ts';

/** Database, role and user that the application has in Postgres and Elasticsearch. */
export const applicationUser = 'coped';

/** Claim that gives dev's pods the source folder of the developer's machine. */
export const sourceClaim = 'source';

const secretsPath = '/run/secrets/coped';
const sourcePath = '/srv/coped';
const commandSize: Size = { cpuMillicores: 50, memoryMebibytes: 256 };

/** Hosts that Django answers; the first is the one that probes name. */
export function allowedHosts(environment: AnyEnvironment): [string, ...string[]] {
  return environment.address.kind === 'ingress' ? [environment.address.host] : ['localhost', '127.0.0.1'];
}

/** The address that visitors type. */
export function siteUrl(environment: AnyEnvironment): string {
  const { address } = environment;
  return address.kind === 'ingress' ? `https://${address.host}` : `http://localhost:${address.port}`;
}

/** The settings that the Django project reads; docs/application-contract.md lists them. */
function settings(environment: AnyEnvironment): k8s.EnvVar[] {
  const plain = {
    DEBUG: environment.kind === 'dev' && environment.debug ? '1' : '0',
    DJANGO_ALLOWED_HOSTS: allowedHosts(environment).join(' '),
    SITE_URL: siteUrl(environment),
    SQL_HOST: 'postgres',
    SQL_PORT: `${ports.postgres}`,
    SQL_DATABASE: applicationUser,
    SQL_USER: applicationUser,
    ELASTIC_HOSTNAME: 'elasticsearch',
    ELASTIC_PORT: `${ports.elasticsearch}`,
    ELASTIC_USER: applicationUser,
  };
  const files = Object.keys(credentials).map((name) => ({
    name: `${name}_FILE`,
    value: `${secretsPath}/${name}`,
  }));
  return [...Object.entries(plain).map(([name, value]) => ({ name, value })), ...files];
}

/** A container of the web image with the application's settings, credentials and, in dev, live source. */
export function applicationContainer(
  environment: AnyEnvironment,
  container: Omit<HardenedContainer, 'image' | 'env' | 'size'> & { readonly size?: Size },
): HardenedContainer {
  const source =
    environment.kind === 'dev' ? [{ name: 'source', mountPath: sourcePath, readOnly: true }] : [];
  return {
    size: commandSize,
    ...container,
    image: environment.images.web,
    env: settings(environment),
    volumeMounts: [
      { name: 'credentials', mountPath: secretsPath, readOnly: true },
      ...source,
      ...(container.volumeMounts ?? []),
    ],
  };
}

/** A pod of such containers. */
export function applicationPod(environment: AnyEnvironment, props: HardenedPodProps): k8s.PodSpec {
  const secrets = (Object.keys(credentials) as CredentialName[]).map((name) => ({
    secret: {
      name: credentials[name].secret,
      items: [{ key: credentials[name].key, path: name }],
    },
  }));
  const source =
    environment.kind === 'dev'
      ? [{ name: 'source', persistentVolumeClaim: { claimName: sourceClaim, readOnly: true } }]
      : [];
  return hardenedPod({
    ...props,
    volumes: [
      { name: 'credentials', projected: { sources: secrets, defaultMode: 0o440 } },
      ...source,
      ...(props.volumes ?? []),
    ],
  });
}

/** Runs a Django command until it succeeds; prints the last line of each failure. */
function until(command: string): string[] {
  return ['sh', '-c', `until out=$(${command} 2>&1); do echo "$out" | tail -n 1; sleep 2; done; echo "$out"`];
}

/** Waits until Postgres answers, then prints which migrations have been applied. */
export function waitForPostgres(environment: AnyEnvironment): HardenedContainer {
  return applicationContainer(environment, {
    name: 'wait-for-postgres',
    command: until('python manage.py showmigrations'),
  });
}

/** Waits until the schema is the one that the code wants. The tools know this gate by its name. */
export function waitForMigrations(environment: AnyEnvironment): HardenedContainer {
  return applicationContainer(environment, {
    name: 'wait-for-migrations',
    command: until('python manage.py migrate --check'),
  });
}

/** Brings the schema to the one that the code wants. */
export function migrate(environment: AnyEnvironment): HardenedContainer {
  return applicationContainer(environment, {
    name: 'migrate',
    command: ['python', 'manage.py', 'migrate', '--noinput'],
  });
}

/** Fills the search index from Postgres, as soon as Elasticsearch answers. */
export function rebuildIndex(environment: AnyEnvironment): HardenedContainer {
  return applicationContainer(environment, {
    name: 'rebuild-index',
    command: ['python', 'manage.py', 'rebuild_index', '--wait', '600'],
  });
}
