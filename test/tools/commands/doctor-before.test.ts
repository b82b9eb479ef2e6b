import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { execa } from 'execa';
import { environments } from '../../../environments/all.ts';
import { providedCredentials } from '../../../environments/credentials.ts';
import { examine, line, titleWidth } from '../../../tools/commands/doctor.ts';
import { checksBefore } from '../../../tools/doctor/before/checks.ts';
import { openProbe } from '../../../tools/doctor/before/probe.ts';
import { root } from '../../../tools/terminal/programs.ts';
import { clusterBefore, now, published } from '../../lib/before.ts';
import { allCalls, cli, folder, program, refused } from '../../lib/command-line.ts';
import { eventually } from '../../lib/kubectl.ts';

test('nothing is lacking on a good cluster', async () => {
  const cluster = clusterBefore();
  const probe = openProbe(cluster, published);
  const shown: string[] = [];
  const patient = { cluster, environment: published, name: 'production' as const, now };
  await examine(
    patient,
    (title, finding) => shown.push(line(title, finding)),
    checksBefore(published, probe),
  );
  const provided = providedCredentials(published).length;
  expect(shown).toEqual([
    expect.stringMatching(/^✔ tools {17}Node.js \d+\.\d+\.\d+, kubectl v1.35.1$/),
    '✔ Kubernetes            v1.35.4',
    '✔ Ingress class         there are: traefik (traefik.io/ingress-controller)',
    '✔ Ingress controller    1 of 1 pods of traefik.io/ingress-controller are ready: traefik-1 of traefik',
    '✔ cluster DNS           Service kube-dns in kube-system leads to coredns-1, port 53',
    '✔ Kubernetes API        it is at 172.18.0.2, port 6443 (EndpointSlice kubernetes of default)',
    '✔ cluster domain        the Corefile of ConfigMap coredns in kube-system has cluster.local; the kubelet of a has cluster.local',
    '✔ StorageClass          fast makes volumes, can make them larger, and keeps those whose claim is deleted',
    '✔ scratch StorageClass  short (example.org/disk, Delete, can make volumes larger)',
    '✔ IP families           pods of a node have addresses in 10.244.0.0/24',
    '✔ CPU limits            no ResourceQuota has limits.cpu in coped-production',
    '✔ user                  no annotation openshift.io/sa.scc.uid-range of coped-production chooses another',
    '✔ namespace             coped-production is there, and you may make and change namespaces',
    '✔ pull secret           coped-production has no Secret of type kubernetes.io/dockerconfigjson',
    '✔ site certificate      coped-tls is one of coped.example.org, for 45 more days',
    `✔ Secrets               ${provided} of ${provided} that you provide are there`,
    '✔ room                  its servers request 0.76 cores, 9.2 GiB, and 3 nodes have 6.00 cores, 24.0 GiB free',
    '✔ ResourceQuota         none in the namespace',
    '✔ not in dist/          nothing in the cluster is left over from an earlier version',
    '✔ Pod Security          coped-production refuses a privileged pod',
    '✔ pods admitted         the API server takes the pods of all 12 workloads and Jobs',
    ...['web', 'nginx', 'postgres', 'credentials', 'elasticsearch'].map(
      (image) => `✔ ${`image ${image}`.padEnd(titleWidth)} a runs registry.example.org/${image}:1`,
    ),
    '✔ NetworkPolicies       they are enforced for what a pod receives, and for what it opens',
    '✔ pod → cluster DNS     a pod finds Services by name, in the domain cluster.local',
    '✔ pod → Kubernetes API  a pod reaches it',
    '✔ pod → object store    a pod reaches s3.example.org:443 by TLS',
  ]);
});

test('every check has a title that fits', () => {
  for (const environment of Object.values(environments))
    for (const { title } of checksBefore(environment, openProbe(clusterBefore(), environment)))
      expect(title.length).toBeLessThanOrEqual(titleWidth);
});

test('a cluster that kind did not make is asked about before anything is made in it', () =>
  refused(
    ['doctor', 'production', '--before'],
    /makes pods that try .* removes them again, in the cluster of the current context "university-production" .*--yes/s,
    { CURRENT_CONTEXT: 'university-production' },
  ));

test('an empty cluster lacks all, and is left as it was', async () => {
  const { staging } = environments;
  const checks = checksBefore(staging, openProbe(clusterBefore(), staging)).length;
  const { exitCode, output } = await cli(['doctor', 'staging', '--before', '--yes'], {
    CURRENT_CONTEXT: 'university-production',
  });
  expect([exitCode, output]).toEqual([
    1,
    expect.stringMatching(
      new RegExp(
        `^"university-production", before coped-staging is deployed there\n✖ tools .*\n\nerror: \\d+ of ${checks} checks of staging found something wrong$`,
        's',
      ),
    ),
  ]);
  expect(output).toContain('✖ StorageClass          there is no StorageClass');
  expect(output).toContain('→ npm run pin -- staging web');
  const [made, ...others] = allCalls().filter((call) => / (apply|delete) /.test(call));
  const namespace = /--namespace (coped-before-\w{8}) /.exec(made ?? '')?.[1];
  expect(others).toEqual([
    `kubectl --context university-production delete namespace ${namespace} --ignore-not-found --wait=false`,
  ]);
});

test('a cluster that does not answer is said once', () => {
  program(
    'kubectl',
    'case "$*" in',
    '  *current-context*) printf kind-coped;;',
    '  *"get --raw /version"*) echo "Unable to connect to the server" >&2; exit 1;;',
    'esac',
  );
  return refused(['doctor', 'production', '--before'], /Unable to connect to the server$/);
});

test('Ctrl-C removes what was made', async () => {
  program(
    'kubectl',
    'case "$*" in',
    '  *current-context*) printf kind-coped;;',
    '  *"get pods"*) echo "{}";;',
    '  *"get --raw /apis"*) echo \'{"groups":[]}\';;',
    'esac',
  );
  const running = execa(
    process.execPath,
    ['--import', 'tsx', '--', 'tools/cli.ts', 'doctor', 'dev', '--before'],
    { cwd: root, all: true, reject: false, extendEnv: false, env: { PATH: join(folder, 'bin') } },
  );
  await eventually('a pod that is waited for', 60, async () =>
    allCalls().some((call) => /get pods .*coped-before-/.test(call)),
  );
  running.kill('SIGINT');
  const { exitCode, all } = await running;
  expect([exitCode, all]).toEqual([1, expect.stringMatching(/\nerror: ended by SIGINT$/)]);
  expect(allCalls().some((call) => / delete namespace coped-before-\w{8} /.test(call))).toBe(true);
}, 90_000);
