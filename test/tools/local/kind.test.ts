import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { changes, cli, envFileFor, program, refused } from '../../lib/command-line.ts';

const exists = { KIND_CLUSTERS: 'coped', CURRENT_CONTEXT: 'kind-coped' };
const withoutKubeconfig = [
  'case "$1 $2" in',
  '  "get clusters") echo coped;;',
  '  "export kubeconfig") echo "ERROR: failed to get cluster internal kubeconfig" >&2; exit 1;;',
  '  "create cluster") exit 1;;',
  'esac',
];

afterEach(() => {
  jest.restoreAllMocks();
});

/** Lets each look at the clock be so many seconds after the one before. */
function hurry(seconds: number): void {
  let now = Date.now();
  jest.spyOn(Date, 'now').mockImplementation(() => {
    now += seconds * 1000;
    return now;
  });
}

describe('a node that is stopped', () => {
  test.each([['up'], ['down'], ['object-store']])('is said by %s, with how to start it', (command) => {
    program('kind', ...withoutKubeconfig);
    program('docker', 'case "$1 $2" in "container inspect") echo exited;; esac');
    return refused(
      [command],
      /^\nerror: the kind cluster "coped" is stopped: its container coped-control-plane is exited\nstart it with: docker start coped-control-plane; .*--delete-data$/,
      exists,
    );
  });
});

test('a node that podman runs is started with podman', () => {
  program('kind', ...withoutKubeconfig);
  program('podman', 'case "$1 $2" in "container inspect") echo exited;; esac');
  return refused(['up'], /start it with: podman start coped-control-plane;/, {
    ...exists,
    KIND_EXPERIMENTAL_PROVIDER: 'podman',
  });
});

describe('a cluster that kind did not finish', () => {
  const unfinished = ['case "$1" in container) echo running;; exec) echo nothing;; esac'];

  test('is made anew by up, as nothing is in it', async () => {
    program('kind', ...withoutKubeconfig);
    program('docker', ...unfinished);
    const { output } = await cli(['up', ...envFileFor('dev')], exists);
    expect(output).toContain('was cut off before anything was in it: kind removes it');
    expect(changes().slice(0, 1)).toEqual(['kind delete cluster --name coped']);
  });

  test('is made anew too where the API answers, but kind has not come to the StorageClass', async () => {
    program('kubectl', 'case "$*" in *" get "*) echo \'{"items":[]}\';; *) printf kind-coped;; esac');
    const { output } = await cli(['up', ...envFileFor('dev')], exists);
    expect(output).toContain('was cut off before anything was in it');
  });

  test('is said by down, which deletes nothing', () => {
    program('kind', ...withoutKubeconfig);
    program('docker', ...unfinished);
    return refused(['down'], /is not finished: .*cut off.*\nmake it anew with: npm run up/, exists);
  });

  test.each([
    ['whose node says that something is in it', 'true'],
    ['whose node cannot be asked', 'exit 1'],
  ])('is none %s', (_, answer) => {
    program('kind', ...withoutKubeconfig);
    program('docker', `case "$1" in container) echo running;; exec) ${answer};; esac`);
    return refused(['up'], /is there but does not answer: ERROR: failed to get cluster/, exists);
  });

  test.each([
    ['a StorageClass', 'storageclasses'],
    ['an environment', 'namespaces'],
  ])('is none where there is %s, though nothing is remembered', async (_, kind) => {
    program(
      'kubectl',
      `case "$*" in *" get ${kind} "*) echo '{"items":[{}]}';; *" get "*) echo '{"items":[]}';; *) printf kind-coped;; esac`,
    );
    const { exitCode, output } = await cli(['down', 'dev'], exists);
    expect([exitCode, output]).toEqual([0, expect.stringContaining('dev: nothing runs')]);
    expect(changes()).toEqual([]);
  });
});

describe('a node that boots', () => {
  test('is waited for, and that is said', async () => {
    program(
      'kubectl',
      'case "$*" in',
      `  *readyz*) [ -e "$0.asked" ] || { : > "$0.asked"; echo 'Error from server (Forbidden): User "kubernetes-admin" cannot get path "/readyz"' >&2; exit 1; };;`,
      '  *storageclasses*) echo \'{"items":[{}]}\';;',
      '  *" get "*) echo \'{"items":[]}\';;',
      '  *) printf kind-coped;;',
      'esac',
    );
    const { exitCode, output } = await cli(['down', 'dev'], exists);
    expect([exitCode, output]).toEqual([
      0,
      expect.stringMatching(/^the kind cluster "coped" boots: waiting until it answers.*\ndev: nothing runs/),
    ]);
  });

  test('is given up after two minutes, with what it said last', async () => {
    hurry(50);
    program(
      'kubectl',
      'case "$*" in *readyz*) echo "connection refused" >&2; exit 1;; *current-context*) printf kind-coped;; esac',
    );
    await refused(
      ['up'],
      /does not answer after 120 s: connection refused\nlook with: docker logs coped-control-plane; .*docker restart.*--delete-data$/,
      exists,
    );
  });
});

test('what needs a local cluster says that there is none', () =>
  refused(['object-store'], /there is no local cluster yet\nmake it with: npm run up/));
