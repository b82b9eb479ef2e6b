import { describe, expect, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import { changes, cli, program, refused } from '../../lib/command-line.ts';

describe('down', () => {
  const running = { KIND_CLUSTERS: 'coped', CURRENT_CONTEXT: 'kind-coped' };
  const claim = JSON.stringify({
    items: [
      {
        metadata: { namespace: 'coped-production', name: 'data-postgres-0' },
        spec: { accessModes: ['ReadWriteOnce'] },
      },
      {
        metadata: { namespace: 'coped-dev', name: 'live-source' },
        spec: { accessModes: ['ReadOnlyMany'] },
      },
    ],
  });

  test('stops what runs, and deletes nothing that holds data', async () => {
    program(
      'kubectl',
      'case "$*" in *" get "*coped-dev*) echo \'{"items":[]}\';; *" get "*)',
      `echo '${claim}';; esac`,
    );
    const { exitCode, output } = await cli(['down'], running);
    expect([exitCode, output]).toEqual([0, expect.stringContaining('dev: nothing runs')]);
    expect(output).toMatch(/production: stopped; .*\(data-postgres-0\).*npm run up -- production/);
    const kinds = changes().map((call) => /delete (\S+) --namespace (\S+) /.exec(call)?.slice(1));
    expect(kinds).toEqual(
      Object.values(environments)
        .filter(({ namespace }) => namespace !== 'coped-dev')
        .flatMap(({ namespace }) => [
          ['deployments,cronjobs,jobs', namespace],
          ['statefulsets', namespace],
        ]),
    );
  });

  test('stops one environment only when it is named', async () => {
    program('kubectl', `case "$*" in *" get "*) echo '${claim}';; esac`);
    expect((await cli(['down', 'staging'], running)).exitCode).toBe(0);
    expect(changes().filter((call) => !call.includes('--namespace coped-staging '))).toEqual([]);
  });

  test('says which pods did not end', async () => {
    program(
      'kubectl',
      `case "$*" in *" get "*) echo '${claim}';; *delete*) echo "timed out" >&2; exit 1;; esac`,
    );
    const { exitCode, output } = await cli(['down', 'dev', '--timeout', '7'], running);
    expect([exitCode, output]).toEqual([
      1,
      expect.stringMatching(/coped-dev could not be stopped within 7 s: timed out.*no data is lost/s),
    ]);
  });

  test('names what --delete-data deletes, and does not without a yes', async () => {
    program('kubectl', `echo '${claim}'`);
    const pattern = /deletes the kind cluster "coped".*coped-production: data-postgres-0.*--yes/s;
    await refused(['down', '--delete-data'], pattern, running);
  });

  test('does not take --delete-data for one environment', () =>
    refused(
      ['down', 'dev', '--delete-data'],
      /the whole local cluster, and not dev only.*delete namespace coped-dev/s,
      running,
    ));

  test('names the other cluster and the environment, where both are given with --delete-data', () =>
    refused(
      ['down', 'staging', '--delete-data', '--context', 'docker-desktop'],
      /the data of staging there: kubectl --context docker-desktop delete namespace coped-staging$/,
      running,
    ));

  test('removes a cluster that does not answer', async () => {
    program('kubectl', 'case "$*" in *persistentvolumeclaims*) echo "connection refused" >&2; exit 1;; esac');
    await refused(['down', '--delete-data'], /volumes that cannot be named/, running);
    expect((await cli(['down', '--delete-data', '--yes'], running)).exitCode).toBe(0);
    expect(changes()).toEqual(['kind delete cluster --name coped']);
  });

  test('has nothing to do where there is no cluster', async () => {
    expect(await cli(['down', '--yes'])).toEqual({
      exitCode: 0,
      output: 'there is no kind cluster "coped": nothing to stop',
    });
    expect(changes()).toEqual([]);
  });
});
