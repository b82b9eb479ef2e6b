import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { IngressAddress } from '../../../environments/address.ts';
import { environments } from '../../../environments/all.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { manifestsOf } from '../../../tools/cluster/manifests.ts';
import { localEnvironment } from '../../../tools/local/environments.ts';
import { eventually, type Place } from '../../lib/kubectl.ts';
import { bringUp } from '../bring-up.ts';
import { apply, exec, isPage, kubectl, local } from '../cluster.ts';
import { imageOf, objectStoreOf } from '../local.ts';
import { connects } from '../stranger.ts';

/**
 * Staging at addresses that the local cluster does not serve. A pod in another namespace stands in for an Ingress
 * controller, and asks nginx as that does.
 */
const { namespace } = environments.staging;
const own = 'addresses';
const controller: Place = { namespace: own, of: 'controller' };
const neighbour: Place = { namespace: own, of: 'neighbour' };
const solver = 'cm-acme-http-solver';

const address: IngressAddress = {
  kind: 'ingress',
  host: 'one.example.org',
  otherHosts: ['two.example.org'],
  className: 'none',
  tls: { secretName: 'none', issuer: { kind: 'ClusterIssuer', name: 'none' } },
  from: [{ namespace: own, labels: { role: 'controller' } }],
};

beforeAll(async () => {
  await bringUp('staging');
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: own } });
  await startPod('controller', own, { labels: { role: 'controller' } });
  await startPod('neighbour', own, { labels: { role: 'neighbour' } });
});

afterAll(async () => {
  await kubectl('delete', 'namespace', own, '--ignore-not-found', '--wait=false');
  const left = [`pod/${solver}`, 'networkpolicy/http01-solver'];
  await kubectl('delete', ...left, '--namespace', namespace, '--ignore-not-found');
  await bringUp('staging');
});

/** Starts a pod that answers on port 8089, with what cert-manager writes into its solver's. */
async function startPod(name: string, where: string, metadata: object): Promise<void> {
  const spec = {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    restartPolicy: 'OnFailure',
    terminationGracePeriodSeconds: 0,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'acmesolver',
        image: imageOf('staging', 'credentials'),
        command: ['python3', '-m', 'http.server', '8089', '--directory', '/tmp'],
        ports: [{ name: 'http', containerPort: 8089 }],
        resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '100m', memory: '64Mi' } },
        securityContext: {
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        },
      },
    ],
  };
  // The namespace has no ServiceAccount in the first moment.
  await eventually(`the pod ${name}`, 30, () =>
    apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: where, ...metadata }, spec }).then(
      () => true,
      (error: Error) => (error.message.includes('no service account') ? false : Promise.reject(error)),
    ),
  );
  await kubectl('wait', `pod/${name}`, '--namespace', where, '--for', 'condition=Ready', '--timeout', '90s');
}

/** Applies what leads visitors to the server, as it is at this address. */
async function moveTo(where: IngressAddress): Promise<void> {
  const { store } = await objectStoreOf(local);
  const environment = {
    ...localEnvironment(environments.staging, (name) => imageOf('staging', name), store),
    address: where,
  } as AnyEnvironment;
  const concerned = manifestsOf(environment).filter(
    ({ kind, metadata: { labels } }) =>
      ['NetworkPolicy', 'ConfigMap', 'Service', 'Deployment'].includes(kind) &&
      ['nginx', 'web'].includes(labels?.['app.kubernetes.io/name'] ?? ''),
  );
  await apply(...concerned);
  for (const name of ['web', 'nginx'])
    await kubectl('rollout', 'status', `deployment/${name}`, '--namespace', namespace, '--timeout', '300s');
}

interface Answer {
  readonly status: number;
  readonly location: string | null;
}

/** What nginx answers the controller. */
async function ask(path: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  const program = [
    'import http.client, json, sys',
    'connection = http.client.HTTPConnection(sys.argv[1], 80, timeout=20)',
    'connection._http_vsn, connection._http_vsn_str = 10, "HTTP/1.0"',
    'connection.putrequest("GET", sys.argv[2], skip_host=True)',
    'for name, value in json.loads(sys.argv[3]).items(): connection.putheader(name, value)',
    'connection.endheaders()',
    'answer = connection.getresponse()',
    'print(json.dumps({"status": answer.status, "location": answer.getheader("Location")}))',
  ].join('\n');
  const told = [`nginx.${namespace}`, path, JSON.stringify(headers)];
  const { exitCode, output } = await exec(controller, 'python3', '-c', program, ...told);
  if (exitCode !== 0) throw new Error(`nothing was answered: ${output}`);
  return JSON.parse(output);
}

const podIp = (of: string, where: string) =>
  kubectl('get', 'pod', of, '--namespace', where, '--output', 'jsonpath={.status.podIP}');

async function nginxAddress(): Promise<string> {
  const which = ['--namespace', namespace, '--selector', 'app.kubernetes.io/name=nginx'];
  return kubectl('get', 'pods', ...which, '--output', 'jsonpath={.items[0].status.podIP}');
}

describe('before it moves', () => {
  test('its policies admit the solver of cert-manager, and let nobody reach it', async () => {
    await startPod(solver, namespace, { labels: { 'acme.cert-manager.io/http01-solver': 'true' } });
    expect(await connects(controller, await podIp(solver, namespace), 8089)).toBe(false);
    expect(await connects(controller, await nginxAddress(), 8080)).toBe(false);
  });
});

describe('behind a controller with TLS', () => {
  const secure = { 'X-Forwarded-Proto': 'https' };

  beforeAll(() => moveTo(address));

  test('the pods that the address names reach nginx and the solver, and their neighbours do not', async () => {
    const solverAddress = await podIp(solver, namespace);
    await eventually('the way of the controller', 30, () => connects(controller, solverAddress, 8089));
    expect(await connects(controller, await nginxAddress(), 8080)).toBe(true);
    expect(await connects(neighbour, solverAddress, 8089)).toBe(false);
    expect(await connects(neighbour, await nginxAddress(), 8080)).toBe(false);
  });

  test('both hosts show the site, and no other', async () => {
    for (const Host of ['one.example.org', 'two.example.org'])
      expect([Host, isPage(await ask('/', { Host, ...secure }))]).toEqual([Host, true]);
    expect(await ask('/', { Host: 'three.example.org', ...secure })).toMatchObject({ status: 400 });
  });

  test('what comes without TLS is redirected on the same host', async () => {
    expect(await ask('/', { Host: 'two.example.org', 'X-Forwarded-Proto': 'http' })).toEqual({
      status: 301,
      location: 'https://two.example.org/',
    });
  });

  test('the health check of a load balancer has a path, whatever Host it sends, and no page', async () => {
    expect(await ask('/nginx-health', { Host: '10.0.0.1' })).toMatchObject({ status: 200 });
    expect(await ask('/nginx-health', {})).toMatchObject({ status: 200 });
    expect(await ask('/', { Host: '10.0.0.1', ...secure })).toMatchObject({ status: 400 });
    expect(await ask('/readyz', { Host: 'one.example.org' })).toMatchObject({ status: 404 });
  });
});

describe('behind a load balancer that ends TLS', () => {
  beforeAll(() => moveTo({ ...address, tls: 'ended-before' }));

  test('a proxy that writes X-Forwarded-Proto anew makes no loop of redirects', async () => {
    // The nginx that ends still answers for some seconds.
    await eventually('a page instead of a redirect', 60, async () => {
      const answer = await ask('/', { Host: 'one.example.org', 'X-Forwarded-Proto': 'http' });
      return isPage(answer) && answer.location !== 'https://one.example.org/';
    });
  });
});
