import { beforeAll, describe, expect, test } from '@jest/globals';
import { type EnvironmentName, environments, manifestsFolder } from '../../environments/all.ts';
import { readManifests } from '../../tools/cluster/manifests.ts';
import { bringUp } from './bring-up.ts';
import { exec, kubectl, tryKubectl } from './cluster.ts';

interface Pods {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
    readonly spec: { readonly containers: readonly { readonly name: string }[] };
    readonly status: { readonly phase: string };
  }[];
}

async function runningContainers(
  namespace: string,
): Promise<{ readonly of: string; readonly container: string }[]> {
  const pods = JSON.parse(await kubectl('get', 'pods', '--namespace', namespace, '--output', 'json')) as Pods;
  return (
    pods.items
      // One that leaves after a rollout may be gone before it is looked into.
      .filter(
        ({ metadata, status }) => status.phase === 'Running' && metadata.deletionTimestamp === undefined,
      )
      .flatMap(({ metadata, spec }) =>
        spec.containers.map(({ name }) => ({ of: metadata.name, container: name })),
      )
  );
}

describe.each(Object.keys(environments) as EnvironmentName[])('%s', (name) => {
  const { namespace } = environments[name];

  beforeAll(() => bringUp(name));

  test('no process runs as root, and no root file system can be written', async () => {
    const containers = await runningContainers(namespace);
    expect(containers.length).toBeGreaterThanOrEqual(3);
    for (const target of containers) {
      const { output } = await exec(
        { namespace, ...target },
        'sh',
        '-c',
        'for status in /proc/[0-9]*/status; do grep --no-messages "^Uid:" $status; done | sort -u; for folder in / /etc /usr /var /srv; do touch $folder/probe 2>/dev/null && echo "wrote $folder"; done; true',
      );
      const lines = output.split('\n').map((line) => line.replaceAll('\t', ' '));
      expect([target.of, lines]).toEqual([target.of, ['Uid: 10001 10001 10001 10001']]);
    }
  });

  test('a pod that breaks the rule is refused', async () => {
    const pod = (securityContext: object, volumes: readonly object[] = []) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'probe', namespace },
      spec: {
        securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name: 'probe',
            image: 'busybox:stable',
            securityContext: {
              allowPrivilegeEscalation: false,
              capabilities: { drop: ['ALL'] },
              ...securityContext,
            },
          },
        ],
        volumes,
      },
    });
    const create = (manifest: object) =>
      tryKubectl(['create', '--dry-run=server', '--filename', '-'], JSON.stringify(manifest));
    expect((await create(pod({}))).exitCode).toBe(0);
    for (const wrong of [
      pod({ runAsUser: 0 }),
      pod({ privileged: true, allowPrivilegeEscalation: true }),
      pod({ allowPrivilegeEscalation: true }),
      pod({ capabilities: { drop: [], add: ['NET_ADMIN'] } }),
      pod({}, [{ name: 'host', hostPath: { path: '/' } }]),
    ]) {
      const { exitCode, output } = await create(wrong);
      expect([exitCode, output]).toEqual([1, expect.stringContaining('violates PodSecurity "restricted')]);
    }
  });

  test('the API server accepts all that dist/ says', async () => {
    // A claim that is there cannot become another, and the local cluster has one of its own kind.
    const items = readManifests(manifestsFolder(name)).map((manifest) =>
      manifest.kind === 'PersistentVolumeClaim'
        ? { ...manifest, metadata: { ...manifest.metadata, name: `${manifest.metadata.name}-of-dist` } }
        : manifest,
    );
    const dryRun = ['apply', '--dry-run=server', '--validate=strict', '--filename', '-'];
    const { exitCode, output } = await tryKubectl(
      dryRun,
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    );
    expect([exitCode, output]).toEqual([0, expect.not.stringMatching(/warning|error/i)]);
  });
});
