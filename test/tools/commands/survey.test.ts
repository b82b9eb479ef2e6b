import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { allCalls, cli, folder, program, refused } from '../../lib/command-line.ts';

const refusal = 'Error from server (Forbidden): it is forbidden: User "jane" cannot list it';

/** A kubectl that shows the namespace of production, and nothing beyond it. */
function kubectl(): void {
  const namespace = { metadata: { name: 'coped-production', annotations: {} } };
  writeFileSync(join(folder, 'namespace.json'), JSON.stringify(namespace));
  program(
    'kubectl',
    'case "$*" in',
    '  *current-context*) printf university;;',
    '  *version*) ;;',
    `  *"get --raw /apis"*) echo '{"groups": [{"name": "apps"}]}';;`,
    `  *"get namespace coped-production"*) /bin/cat '${join(folder, 'namespace.json')}';;`,
    '  *can-i*) echo no; exit 1;;',
    '  *"--namespace coped-production"*) ;;',
    `  *) echo '${refusal}' >&2; exit 1;;`,
    'esac',
  );
}

test('what a person may not see is said, with what to ask, and nothing is asked or changed', async () => {
  kubectl();
  const { exitCode, output } = await cli(['survey', 'production'], {});
  expect(output.split('\n')).toEqual([
    '// For environments/production.ts, by what is in "university".',
    'address: {',
    "  kind: 'ingress',",
    "  host: 'coped.example.org',",
    "  tls: { secretName: 'coped-tls' },",
    '  // not found out (see below), so as it was',
    "  className: 'traefik',",
    '  // not found out (see below), so as it was',
    "  from: [{ namespace: 'traefik' }],",
    '},',
    'cluster: {',
    '  // dns: not found out (see below), so as it was',
    '  // kubernetesApi: not found out (see below), so as it was',
    '  // domain: not found out (see below), so as it was',
    '  // storageClasses.data: not found out (see below), so as it was',
    '  // storageClasses.scratch: not found out (see below), so as it was',
    '  // ipFamilies: not found out (see below), so as it was',
    '  // cpuLimitMillicores: the default; no ResourceQuota has limits.cpu in coped-production',
    '  // userId: the default; no annotation openshift.io/sa.scc.uid-range of coped-production chooses another',
    '  // coped-production is there, and you may not make and change namespaces',
    '  createsNamespace: false,',
    '  // imagePullSecret: the default; coped-production has no Secret of type kubernetes.io/dockerconfigjson',
    '},',
    '',
    'Could not be found out:',
    'address.className: User "jane" cannot list it',
    expect.stringMatching(/^ {2}→ ask who runs the cluster for an Ingress controller /),
    'address.from: User "jane" cannot list it',
    expect.stringMatching(/^ {2}→ ask who runs the cluster for the pods that connect /),
    'cluster.dns: User "jane" cannot list it',
    expect.stringMatching(/^ {2}→ ask who runs the cluster for the DNS servers: /),
    'cluster.kubernetesApi: User "jane" cannot list it',
    expect.stringMatching(/^ {2}→ ask who runs the cluster for the addresses /),
    'cluster.domain: the DNS server has no Corefile that may be read, and no kubelet may be asked',
    expect.stringMatching(/^ {2}→ ask who runs the cluster for the domain /),
    'cluster.storageClasses.data: User "jane" cannot list it',
    expect.stringMatching(/^ {2}→ ask who runs the cluster for the name of a StorageClass/),
    'cluster.storageClasses.scratch: User "jane" cannot list it',
    expect.stringMatching(/^ {2}→ ask who runs the cluster for the name of a StorageClass/),
    'cluster.ipFamilies: User "jane" cannot list it',
    expect.stringMatching(/^ {2}→ ask who runs the cluster whether its pods /),
  ]);
  expect(exitCode).toBe(0);
  expect(allCalls().filter((call) => !/ (config|version|get|auth can-i) /.test(`${call} `))).toEqual([]);
});

test('the context that is named is looked at', async () => {
  kubectl();
  const { output } = await cli(['survey', 'production', '--context', 'company'], {});
  expect(output).toContain('// For environments/production.ts, by what is in "company".');
  const asked = allCalls().filter((call) => / get | auth /.test(call));
  expect(asked.filter((call) => !call.startsWith('kubectl --context company '))).toEqual([]);
});

test('a cluster that does not answer is said once', () => {
  program(
    'kubectl',
    'case "$*" in',
    '  *current-context*) printf kind-coped;;',
    '  *"get --raw /version"*) echo "Unable to connect to the server" >&2; exit 1;;',
    'esac',
  );
  return refused(['survey', 'production'], /Unable to connect to the server$/);
});

test('without a context there is nothing to look at', () =>
  refused(['survey', 'production'], 'kubectl has no current context'));
