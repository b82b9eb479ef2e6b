import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { otherCluster } from '../../../tools/local/other-cluster.ts';
import { allCalls, changes, cli, folder, program, refused } from '../../lib/command-line.ts';

/** A kubectl whose contexts all have this API server, and whose nodes run pods by this runtime. */
function kubectl(server: string, runtime = 'containerd://2.1.0'): void {
  const nodes = { items: [{ status: { nodeInfo: { containerRuntimeVersion: runtime } } }] };
  program(
    'kubectl',
    'case "$*" in',
    '  *current-context}*) printf somewhere;;',
    `  *jsonpath={.clusters*) echo ${server};;`,
    `  *" get nodes "*) echo '${JSON.stringify(nodes)}';;`,
    '  *" get "*) echo \'{"items":[]}\';;',
    'esac',
  );
}

/**
 * A minikube with one profile, which answers this when it is asked for the address.
 *
 * @param shared the address that several control-plane nodes share
 */
function minikube(ip: string, shared = ''): void {
  const profile = { Name: 'minikube', Config: { KubernetesConfig: { APIServerHAVIP: shared } } };
  program(
    'minikube',
    'case "$*" in',
    `  "profile list "*) echo '${JSON.stringify({ valid: [profile] })}';;`,
    `  "--profile minikube ip") ${ip};;`,
    'esac',
  );
}

/** What `down` does on a cluster where nothing runs: it says so for each environment, and changes nothing. */
async function accepted(context: string): Promise<void> {
  const { exitCode, output } = await cli(['down', '--context', context]);
  expect([exitCode, output]).toEqual([0, expect.stringContaining('dev: nothing runs')]);
  expect(allCalls().filter((call) => / get (?!--raw)/.test(call))).not.toEqual([]);
  for (const call of allCalls().filter((each) => each.startsWith('kubectl ')))
    expect(call).toMatch(new RegExp(`^kubectl (version|--context ${context} )`));
}

beforeEach(() => {
  kubectl('https://127.0.0.1:6443');
  program('kind', 'case "$1 $2" in "get clusters") echo coped; echo other;; esac');
  program('k3d', 'case "$1 $2" in "cluster list") echo \'[{"name":"here"}]\';; esac');
  minikube('echo 192.168.49.2');
});

describe('a local cluster that people have already is known', () => {
  test.each([['kind-other'], ['k3d-here'], ['minikube'], ['docker-desktop']])('%s', accepted);

  test.each([['rancher-desktop'], ['colima'], ['colima-work']])('%s, whose pods Docker runs', (context) => {
    kubectl('https://127.0.0.1:6443', 'docker://28.3.2');
    return accepted(context);
  });

  test.each([
    ['https://192.168.49.2:8443', 'echo 192.168.49.2'],
    ['https://10.13.0.2:8443', 'echo 10.13.0.2'],
    ['https://127.0.0.1:32769', 'exit 1'],
  ])('minikube at %s', (server, ip) => {
    kubectl(server);
    minikube(ip);
    return accepted('minikube');
  });

  test('minikube whose control-plane nodes share an address, which is not that of the first', () => {
    kubectl('https://192.168.49.254:8443');
    minikube('echo 192.168.49.2', '192.168.49.254');
    return accepted('minikube');
  });

  test.each([
    ['https://0.0.0.0:40000'],
    ['https://localhost:1'],
    ['https://kubernetes.docker.internal:6443'],
    ['https://[::1]:6443'],
  ])('at %s', (server) => {
    kubectl(server);
    return accepted('k3d-here');
  });
});

describe.each(['up', 'down'])('%s refuses', (command) => {
  const refuses = (context: string, message: RegExp) => refused([command, '--context', context], message);

  test.each([
    ['a cluster of nobody', 'university-production'],
    ['one that kind does not know', 'kind-production'],
    ['one that k3d does not know', 'k3d-other'],
    ['one that only looks like Docker Desktop', 'docker-desktop-production'],
  ])('%s, and names the known ones', (_, context) =>
    refuses(
      context,
      new RegExp(
        `^\\nerror: the context "${context}" \\(https://127.0.0.1:6443\\) is no local cluster of a known kind, expected .*kind-NAME.*nothing was changed\\n.*get-contexts`,
      ),
    ),
  );

  test.each([
    ['kind-other', 'https://203.0.113.7:6443'],
    ['docker-desktop', 'https://cluster.example.org'],
    ['docker-desktop', 'https://192.168.49.2:8443'],
    ['k3d-here', 'https://localhost.example.org'],
    ['minikube', 'https://203.0.113.7:8443'],
    ['minikube', 'https://10.13.0.2:8443'],
  ])('%s at %s, which is not this machine', (context, server) => {
    kubectl(server);
    return refuses(context, /expected an API server on this machine; nothing was changed/);
  });

  test('minikube at another address than its control-plane nodes share', () => {
    kubectl('https://203.0.113.254:8443');
    minikube('echo 192.168.49.2', '192.168.49.254');
    return refuses('minikube', /expected an API server on this machine; nothing was changed/);
  });

  test.each([
    ['rancher-desktop', /expected docker\nchoose dockerd \(moby\)/],
    ['colima', /expected docker\nstart it with: colima start --kubernetes --runtime docker/],
  ])('%s with containerd, which has other images', refuses);

  test('a context that there is not', () => {
    program(
      'kubectl',
      'case "$*" in *get-contexts*) echo kind-coped;; *view*--minify*|*--minify*) echo "no context" >&2; exit 1;; esac',
    );
    return refuses('nowhere', /kubectl has no context "nowhere"; it has: kind-coped/);
  });

  test('minikube where it does not tell its address', () => {
    kubectl('https://192.168.49.2:8443');
    minikube('echo "host is not running"; exit 85');
    return refuses('minikube', /"minikube" does not answer: .*minikube ip.*host is not running.*\nstart it/s);
  });

  test('a cluster that does not answer', () => {
    program(
      'kubectl',
      'case "$*" in *jsonpath={.clusters*) echo https://127.0.0.1:6443;; *readyz*) echo "connection refused" >&2; exit 1;; esac',
    );
    return refuses('kind-other', /"kind-other" does not answer: connection refused\nstart it/);
  });
});

test.each([
  ['kind-other', 'podman'],
  ['docker-desktop', 'docker'],
])('the images of %s are built by %s where kind uses podman', async (context, engine) => {
  const before = process.env;
  process.env = { PATH: join(folder, 'bin'), KIND_EXPERIMENTAL_PROVIDER: 'podman' };
  try {
    expect((await otherCluster(context)).engine).toBe(engine);
  } finally {
    process.env = before;
  }
});

test('down does not delete the data of a cluster that up has not made', async () => {
  await refused(
    ['down', '--delete-data', '--yes', '--context', 'docker-desktop'],
    /and not "docker-desktop".*\nto delete the data of dev there: kubectl --context docker-desktop delete namespace coped-dev/,
  );
  expect(changes()).toEqual([]);
});
