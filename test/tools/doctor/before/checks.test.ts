import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { environments } from '../../../../environments/all.ts';
import type { Place } from '../../../../environments/cluster.ts';
import { providedCredentials } from '../../../../environments/credentials.ts';
import { dev } from '../../../../environments/dev.ts';
import type { NonEmpty } from '../../../../environments/environment.ts';
import type { MediaVolume } from '../../../../environments/media.ts';
import { manifestsOf, namespacedKinds } from '../../../../tools/cluster/manifests.ts';
import { supportedKubernetes } from '../../../../tools/cluster/versions.ts';
import { tools } from '../../../../tools/doctor/before/versions.ts';
import { root } from '../../../../tools/terminal/programs.ts';
import { gatewayAddress } from '../../../lib/addresses.ts';
import { small } from '../../../lib/applications.ts';
import {
  certificate,
  clusterBefore,
  dnsPod,
  foundBefore,
  groups,
  ingressClass,
  items,
  kinds,
  pod,
  published,
  service,
  slice,
  storageClass,
  traefikPod,
  versions,
} from '../../../lib/before.ts';
import { forbidden } from '../../../lib/clusters.ts';
import { bad, failed, warning } from '../../../lib/doctor.ts';
import { application as secondApplication } from '../../../second-application/application.ts';

describe('tools', () => {
  const found = (client: string, node: string) =>
    tools({ cluster: clusterBefore({ version: versions(client, 'v1.35.4') }) }, node);

  test.each(['v1.34.0', 'v1.35.9', 'v1.36.0'])('kubectl %s is made for a server of 1.35', async (client) => {
    expect(await found(client, '20.19.0')).toEqual({
      level: 'good',
      detail: `Node.js 20.19.0, kubectl ${client}`,
    });
  });

  test.each(['v1.33.9', 'v1.37.0', 'v2.0.0'])('kubectl %s is not', async (client) => {
    expect(await found(client, '24.1.0')).toEqual(
      warning(
        `kubectl ${client}: it is made for servers that are 1 minor version`,
        'install the kubectl of the server',
      ),
    );
  });

  test.each(['20.18.3', '20.9.0', '18.20.1'])('Node.js %s is too old', async (node) => {
    expect(await found('v1.35.0', node)).toEqual(bad(`Node.js ${node}.* Node.js >=20.19`, 'nvm use'));
  });
});

describe('a cluster of Kubernetes', () => {
  const { oldest, newest } = supportedKubernetes;
  const found = (server: string) => foundBefore('Kubernetes', { version: versions('v1.35.0', server) });

  test.each([`v1.${oldest}.0`, `v1.${newest}.7`, 'v1.33.5-eks-113cf36'])(
    '%s is supported',
    async (server) => {
      expect(await found(server)).toEqual({ level: 'good', detail: server });
    },
  );

  test('docs/production.md names the same range', () => {
    const page = readFileSync(join(root, 'docs/production.md'), 'utf8');
    expect(page).toContain(`| Kubernetes 1.${oldest} to 1.${newest}, `);
  });

  test('that is too old', async () => {
    expect(await found(`v1.${oldest - 1}.9`)).toEqual(
      bad(`does not know every field.* 1.${oldest} to 1.${newest}`, 'upgrade the cluster'),
    );
  });

  test.each([`v1.${newest + 1}.0`, 'v2.0.0'])('%s is newer than what was tested', async (server) => {
    expect(await found(server)).toEqual(warning(`${server} is newer`, 'staging there first'));
  });
});

describe('StorageClass', () => {
  const found = (...classes: object[]) =>
    foundBefore('StorageClass', { 'get storageclasses': items(...classes) });
  const metadata = { name: 'slow', creationTimestamp: '2026-11-01T09:00:00Z', annotations: {} };

  test('none is the default', async () => {
    expect(await found(storageClass({ metadata }))).toEqual(
      bad(
        '^none is the default; there are: slow .*; the file says nothing of it: .* no volumes$',
        /cluster.storageClasses.data: 'slow'; .* or kubectl --context test annotate storageclass NAME .*is-default-class=true$/,
      ),
    );
    expect(await found()).toEqual(
      bad('there is no StorageClass', 'ask who runs the cluster for the name of a StorageClass'),
    );
  });

  test('it cannot make volumes larger', async () => {
    expect(await found(storageClass({ allowVolumeExpansion: undefined }))).toEqual(
      warning(
        /^fast cannot make a volume larger[^;]*$/,
        /^kubectl --context test patch storageclass fast [^;]*$/,
      ),
    );
  });

  test('it deletes volumes', async () => {
    expect(await found(storageClass({ reclaimPolicy: 'Delete' }))).toEqual(
      warning(
        /^fast deletes a volume with its claim[^;]*$/,
        /^make one with reclaimPolicy Retain.* cluster.storageClasses.data[^;]*$/,
      ),
    );
  });

  test('of two default ones the newer counts, as for Kubernetes', async () => {
    const older = { ...storageClass({ reclaimPolicy: 'Delete', allowVolumeExpansion: false }), metadata };
    const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    const both = [{ ...older, metadata: { ...metadata, annotations } }, storageClass()];
    expect(await found(...both)).toEqual({
      level: 'good',
      detail: expect.stringContaining('fast makes volumes'),
    });
  });
});

describe('the volume of uploads', () => {
  const { media } = secondApplication;
  const { production } = media.volume;
  const found = (volume: MediaVolume, ...classes: object[]) => {
    const application = { ...small, media: { ...media, volume: { ...media.volume, production: volume } } };
    const answers = { 'get storageclasses': items(...classes) };
    return foundBefore('volume of uploads', answers, { ...published, application });
  };
  const named = (name: string, provisioner: string) =>
    storageClass({ metadata: { name, creationTimestamp: '2026-11-01T09:00:00Z' }, provisioner });
  const standard = storageClass({ provisioner: 'ebs.csi.aws.com' });

  test('is made by the class that the application names, or by the default', async () => {
    const files = named('shared', 'efs.csi.aws.com');
    expect(await found(production, standard, files)).toEqual({
      level: 'good',
      detail: 'shared (efs.csi.aws.com) makes their volume, ReadWriteMany',
    });
    expect(await found({ storageGibibytes: 1, accessMode: 'ReadWriteOnce' }, standard, files)).toEqual({
      level: 'good',
      detail: 'fast (ebs.csi.aws.com) makes their volume, ReadWriteOnce',
    });
  });

  test('cannot be shared by several nodes if it is a disk', async () => {
    expect(await found({ storageGibibytes: 1 }, standard)).toEqual(
      bad(
        /^fast \(ebs.csi.aws.com\) makes disks of one node.* there are: fast$/,
        /^environments\/application.ts, media.volume.production.storageClassName: .*'ReadWriteOnce'/,
      ),
    );
  });

  test('is not made by a class that is not there', async () => {
    expect(await found(production, standard)).toEqual(
      bad(
        '^there is no StorageClass shared, .* there are: fast$',
        'media.volume.production.storageClassName',
      ),
    );
    expect(await found({ storageGibibytes: 1 })).toEqual(
      bad('^there is no StorageClass that is the default, .* there are: none$', 'storageClassName'),
    );
  });

  test('is not asked for where there are no uploads', async () => {
    await expect(foundBefore('volume of uploads')).rejects.toThrow('no check "volume of uploads"');
  });
});

describe('Ingress', () => {
  test('a class that there is not', async () => {
    const other = { 'get ingressclasses': items(ingressClass('nginx', 'k8s.io/ingress-nginx')) };
    expect(await foundBefore('Ingress class', other)).toEqual(
      bad(
        "^there are: nginx .*; the file says 'traefik': nobody serves the site$",
        "^environments/production.ts, address.className: 'nginx'; .* or install the controller of traefik$",
      ),
    );
    expect(await foundBefore('Ingress class', { 'get ingressclasses': items() })).toEqual(
      bad('there is no IngressClass', 'ask who runs the cluster for an Ingress controller'),
    );
  });

  test.each([
    ['without pods', items()],
    ['whose pods are not ready', items({ ...Object(traefikPod()), status: { conditions: [] } })],
  ])('a controller %s', async (_, pods) => {
    expect(await foundBefore('Ingress controller', { 'get pods --all-namespaces': pods })).toEqual(
      bad('^none of [01] pods of traefik.io/ingress-controller is ready', 'ask who runs the cluster'),
    );
  });

  test('a controller in another namespace', async () => {
    const pods = items(traefikPod({}, 'kube-system'));
    expect(await foundBefore('Ingress controller', { 'get pods --all-namespaces': pods })).toEqual(
      bad(
        "the file says \\[{ namespace: 'traefik' }\\]: nginx refuses",
        "address.from: \\[{ namespace: 'kube-system', labels: { 'app.kubernetes.io/name': 'traefik' } }\\]",
      ),
    );
  });
});

describe('pods of a Gateway', () => {
  const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
  const title = 'pods of the Gateway';
  const at = (from: readonly [Place, ...Place[]]) =>
    ({ ...published, address: { ...gatewayAddress, from } }) as typeof published;

  test('of which only some pods pass requests on', async () => {
    const environment = at([{ namespace: 'ingress', labels: { app: 'controller', zone: 'a' } }]);
    const question = 'get pods --namespace ingress --selector app=controller,zone=a';
    expect(await foundBefore(title, { [question]: items(pod('one')) }, environment)).toEqual({
      level: 'good',
      detail: '1 of 1 pods are ready in ingress with app=controller, zone=a',
    });
    expect(await foundBefore(title, { [question]: items() }, environment)).toEqual(
      bad('no pod is ready in ingress with app=controller, zone=a', 'address.from'),
    );
  });

  test('whose pods use the network of their nodes', async () => {
    const host = { spec: { hostNetwork: true }, status: { ...ready, hostIP: '192.0.2.7' } };
    const pods = items({ ...pod('traefik-1'), ...host });
    const environment = at([{ namespace: 'traefik' }]);
    expect(await foundBefore(title, { 'get pods --namespace traefik': pods }, environment)).toEqual(
      bad('use the network of their nodes', 'address.from: { cidrs: .* with 192.0.2.7,'),
    );
    // Another one of the namespace, such as a part of the network plugin, may do that.
    const both = items(pod('traefik-1'), { ...pod('agent-1'), ...host });
    expect(await foundBefore(title, { 'get pods --namespace traefik': both }, environment)).toEqual({
      level: 'good',
      detail: '1 of 2 pods are ready in traefik',
    });
  });

  test('at addresses, among which nodes may be', async () => {
    const nodes = ['192.0.2.7', '2001:db8::7', '198.51.100.7'].map((address) => ({
      metadata: { name: address },
      status: {
        addresses: [
          { type: 'InternalIP', address },
          // Pods do not come with this one.
          { type: 'ExternalIP', address: '192.0.2.9' },
        ],
      },
    }));
    const environment = at([{ cidrs: ['192.0.2.0/28', '2001:db8::/64'] }]);
    expect(await foundBefore(title, { 'get nodes': items(...nodes) }, environment)).toEqual({
      level: 'good',
      detail: '2 of 3 nodes are in 192.0.2.0/28, 2001:db8::/64',
    });
  });

  test.each([
    [
      'that no node has',
      items({ status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] } }),
      '0 of 1 nodes',
    ],
    ['of nodes that nobody may list', forbidden('nodes'), 'you may not list nodes'],
  ])('at addresses %s', async (_, nodes, detail) => {
    const environment = at([{ cidrs: ['192.0.2.0/28'] }]);
    expect(await foundBefore(title, { 'get nodes': await nodes }, environment)).toEqual(
      warning(
        `^${detail}.* 192.0.2.0/28$`,
        '^ask who runs the Gateway .*; if others: environments/production.ts, address.from$',
      ),
    );
  });

  test('at addresses that no node has, and where no pod is', async () => {
    const pods = { 'get pods --namespace nowhere': items(), 'get nodes': items() };
    const environment = at([{ cidrs: ['192.0.2.0/28'] }, { namespace: 'nowhere' }]);
    expect(await foundBefore(title, pods, environment)).toEqual(bad('no pod is ready in nowhere', ''));
  });

  test('at several places, of which one lacks something', async () => {
    const environment = at([{ namespace: 'traefik' }, { namespace: 'nowhere' }]);
    const pods = {
      'get pods --namespace traefik': items(traefikPod()),
      'get pods --namespace nowhere': items(),
    };
    expect(await foundBefore(title, pods, environment)).toEqual(bad('no pod is ready in nowhere', ''));
  });
});

describe('site certificate', () => {
  const secret = (data: object) => ({ 'get secret coped-tls': JSON.stringify({ data }) });
  const whole = { 'tls.crt': btoa(certificate), 'tls.key': 'a2V5' };

  test('no Secret', async () => {
    expect(await foundBefore('site certificate', { 'get secret coped-tls': '' })).toEqual(
      bad(
        'there is no Secret coped-tls in coped-production',
        /^kubectl --context test apply -f dist\/production\/00-namespace.yaml; kubectl --context test create secret tls coped-tls --namespace coped-production/,
      ),
    );
  });

  test('no Secret, in a namespace of somebody else', async () => {
    const environment = { ...published, cluster: { createsNamespace: false } } as const;
    expect(await foundBefore('site certificate', { 'get secret coped-tls': '' }, environment)).toEqual(
      bad('there is no Secret coped-tls', '^kubectl --context test create secret tls'),
    );
  });

  test.each(['tls.crt', 'tls.key'])('a Secret without %s', async (key) => {
    expect(await foundBefore('site certificate', secret({ ...whole, [key]: undefined }))).toEqual(
      bad('lacks tls.crt or tls.key', 'kubectl --context test replace'),
    );
  });

  test('something else', async () => {
    expect(await foundBefore('site certificate', secret({ ...whole, 'tls.crt': btoa('a key') }))).toEqual(
      bad('no certificate in PEM form', 'kubectl --context test replace'),
    );
  });

  test('of another host', async () => {
    const environment = {
      ...published,
      address: { ...environments.production.address, host: 'www.example.org' },
    } as typeof published;
    expect(await foundBefore('site certificate', {}, environment)).toEqual(
      bad('not one of www.example.org: DNS:coped.example.org', 'kubectl --context test replace'),
    );
  });

  test('of only one of the hosts', async () => {
    const address = { ...environments.production.address, otherHosts: ['www.coped.example.org'] as const };
    const environment = { ...published, address } as typeof published;
    expect(await foundBefore('site certificate', {}, environment)).toEqual(
      bad('not one of www.coped.example.org: DNS:coped.example.org', 'kubectl --context test replace'),
    );
  });

  test('is not looked for where TLS has ended before', async () => {
    const address = { ...environments.production.address, tls: 'ended-before' };
    await expect(
      foundBefore('site certificate', {}, { ...published, address } as typeof published),
    ).rejects.toThrow('no check "site certificate"');
  });

  test.each([
    [
      '2027-01-04T10:00:00Z',
      { level: 'good', detail: 'coped-tls is one of coped.example.org, for 21 more days' },
    ],
    ['2027-01-05T10:00:00Z', warning('valid for 20 more days', 'kubectl --context test replace')],
    ['2027-01-26T10:00:00Z', bad('expired on Jan 25', 'kubectl --context test replace')],
  ])('on %s', async (at, expected) => {
    expect(await foundBefore('site certificate', {}, published, new Date(at))).toEqual(expected);
  });
});

describe('cluster DNS', () => {
  const dns = (name: string, namespace: string, spec: object, labels: object = {}) =>
    service(
      name,
      namespace,
      { ports: [{ port: 53, protocol: 'UDP' }], selector: { dns: 'default' }, ...spec },
      labels,
    );

  test('pods with other labels', async () => {
    const selector = { app: 'dns' };
    const answers = {
      'get services --all-namespaces': items(
        dns('kube-dns', 'kube-system', { clusterIP: '10.96.0.10', selector }),
      ),
      'get pods --namespace kube-system': items(dnsPod(selector)),
    };
    expect(await foundBefore('cluster DNS', answers)).toEqual(
      bad(
        'kube-dns in kube-system leads to coredns-1, port 53; the file says .*: no pod finds a Service',
        "^environments/production.ts, cluster.dns: { at: \\[{ namespace: 'kube-system', labels: { app: 'dns' } }\\] }; then npm run synth$",
      ),
    );
  });

  test('of several servers that of the kubelet counts', async () => {
    const answers = {
      'get services --all-namespaces': items(
        dns('kube-dns', 'kube-system', { clusterIP: '10.96.0.11' }, { 'k8s-app': 'kube-dns' }),
        dns('dns-default', 'openshift-dns', { clusterIP: '10.96.0.10' }),
      ),
      'get pods --namespace openshift-dns': items(dnsPod({ dns: 'default' }, 'openshift-dns')),
      'get endpointslices --namespace openshift-dns': slice(5353, { targetRef: { name: 'coredns-1' } }),
    };
    expect(await foundBefore('cluster DNS', answers)).toEqual(
      bad(
        'dns-default in openshift-dns leads to coredns-1, port 5353',
        "{ at: \\[{ namespace: 'openshift-dns', labels: { dns: 'default' } }\\], ports: \\[5353\\] }",
      ),
    );
  });

  test('pods and addresses that the environment names', async () => {
    const answers = {
      'get services --all-namespaces': items(
        dns('dns-default', 'openshift-dns', { clusterIP: '10.96.0.10' }),
      ),
      'get pods --namespace openshift-dns': items(dnsPod({ dns: 'default' }, 'openshift-dns')),
      'get endpointslices --namespace openshift-dns': slice(
        5353,
        { targetRef: { name: 'coredns-1' }, addresses: ['10.1.2.3'] },
        { addresses: ['169.254.20.10'] },
      ),
    };
    const at = [
      { namespace: 'openshift-dns', labels: { dns: 'default' } },
      { cidrs: ['169.254.20.10/32'] },
    ] as const;
    const look = (places: NonEmpty<Place>, ports: NonEmpty<number>) =>
      foundBefore('cluster DNS', answers, { ...published, cluster: { dns: { at: places, ports } } });
    expect(await look(at, [5353])).toEqual({
      level: 'good',
      detail: 'Service dns-default in openshift-dns leads to coredns-1, 169.254.20.10, port 5353',
    });
    for (const wrong of [look([at[1]], [5353]), look([at[0]], [5353]), look(at, [53])])
      expect(await wrong).toEqual(bad('dns-default in openshift-dns leads to', 'production.ts, cluster.dns'));
  });

  test('of several servers the one with the usual label counts, if no kubelet says more', async () => {
    const services = items(
      dns('own', 'somewhere', {}),
      dns('kube-dns', 'kube-system', {}, { 'k8s-app': 'kube-dns' }),
    );
    const answers = {
      'get services --all-namespaces': services,
      'proxy/configz': await failed('Error from server (Forbidden): nodes "a" is forbidden'),
    };
    expect(await foundBefore('cluster DNS', answers)).toEqual({
      level: 'good',
      detail: 'Service kube-dns in kube-system leads to coredns-1, port 53',
    });
  });

  test('nobody', async () => {
    expect(await foundBefore('cluster DNS', { 'get services --all-namespaces': items() })).toEqual(
      bad('no Service answers', 'ask who runs the cluster for the DNS servers'),
    );
    expect(
      await foundBefore('cluster DNS', {
        'get endpointslices --namespace kube-system': items({ endpoints: null, ports: null }),
      }),
    ).toEqual(bad('kube-dns in kube-system leads to no pod', 'ask who runs the cluster'));
  });

  test('what the person may not see is no fault of the cluster', async () => {
    const refusal =
      'Error from server (Forbidden): services is forbidden: User "jane" cannot list resource "services" in API group "" at the cluster scope';
    expect(await foundBefore('cluster DNS', { 'get services': await failed(refusal) })).toEqual(
      warning('^could not be seen: User "jane" cannot list resource "services"', 'ask who runs the cluster'),
    );
  });
});

describe('Kubernetes API', () => {
  const found = (port: number, ...addresses: string[]) =>
    foundBefore('Kubernetes API', { 'get endpointslices --namespace default': slice(port, { addresses }) });

  test.each(['10.1.2.3', '172.31.255.255', '192.168.0.1'])('%s is allowed', async (address) => {
    expect(await found(6443, address)).toEqual({
      level: 'good',
      detail: expect.stringContaining(`${address}, port 6443`),
    });
  });

  test('an address that no range holds', async () => {
    expect(await found(6443, '10.1.2.3', '172.32.0.1')).toEqual(
      bad(
        'at 10.1.2.3, 172.32.0.1, port 6443 .*; the file says { cidrs: ',
        "^environments/production.ts, cluster.kubernetesApi: { cidrs: \\['10.1.2.3/32', '172.32.0.1/32'\\], port: 6443 }; then npm run synth$",
      ),
    );
    expect(await found(6443, '2001:db8::1')).toEqual(bad('2001:db8::1', "cidrs: \\['2001:db8::1/128'\\]"));
  });

  test('Cilium knows any address, but for its port', async () => {
    const look = (port: number, ...names: string[]) =>
      foundBefore(
        'Kubernetes API',
        {
          'get endpointslices --namespace default': slice(443, { addresses: ['203.0.113.1'] }),
          'get --raw /apis/cilium.io/v2': kinds('CiliumNetworkPolicy'),
          'get --raw /apis': groups(...names),
        },
        { ...published, cluster: { kubernetesApi: { policy: 'cilium', port } } },
      );
    expect(await look(443, 'cilium.io')).toEqual({
      level: 'good',
      detail: expect.stringContaining('203.0.113.1, port 443'),
    });
    expect(await look(6443, 'cilium.io')).toEqual(bad('port 443', 'cluster.kubernetesApi: .* port: 443'));
    expect(await look(443)).toEqual(bad('port 443', 'cluster.kubernetesApi: { cidrs: '));
  });

  test('another port', async () => {
    expect(await found(443, '10.1.2.3')).toEqual(bad('at 10.1.2.3, port 443', 'port: 443'));
  });

  test('no endpoints', async () => {
    expect(
      await foundBefore('Kubernetes API', {
        'get endpointslices --namespace default': items({ endpoints: null, ports: null }),
      }),
    ).toEqual(bad('has no endpoints', 'ask who runs the cluster'));
  });
});

describe('Secrets', () => {
  test('one is missing, or its key', async () => {
    const secrets = items({ metadata: { name: 'django' }, data: { 'another-key': 'dmFsdWU=' } });
    const found = await foundBefore('Secrets', { 'get secrets': secrets });
    expect(found).toEqual(
      bad(
        `coped-production lacks ${providedCredentials(published).join(', ')}: pods`,
        'npm run secrets -- production --env-file FILE --context test',
      ),
    );
    expect(found.remedy).toContain(
      '; the object store of the backups issues BACKUP_S3_KEY, BACKUP_S3_SECRET',
    );
  });

  test('dev is given only what somebody issues', async () => {
    const given = providedCredentials(dev);
    expect(await foundBefore('Secrets', { 'get secrets': items() }, dev)).toMatchObject(
      given.length === 0
        ? { level: 'good', detail: 'a Job makes them all' }
        : { level: 'bad', detail: `coped-dev lacks ${given.join(', ')}: pods that need them do not start` },
    );
  });
});

describe('what is not in dist/', () => {
  const labels = (name: string) => ({ labels: { 'app.kubernetes.io/name': name } });
  const found = (environment: typeof published, ...present: object[]) =>
    foundBefore('not in dist/', { 'get configmap,cronjob': items(...present) }, environment);
  const job = (name: string, workload: string, status = {}) => ({
    kind: 'Job',
    metadata: { name, ...labels(workload) },
    status,
  });

  test('an object of an earlier version', async () => {
    const [first] = manifestsOf(published).filter(({ kind }) => kind === 'Deployment');
    expect(
      await found(published, { kind: 'NetworkPolicy', metadata: { name: 'redis' } }, first ?? {}),
    ).toEqual(
      warning(
        /^NetworkPolicy\/redis of an earlier version/,
        /kubectl --context test --namespace coped-production delete networkpolicy\/redis$/,
      ),
    );
  });

  test('an unfinished Job of an earlier version', async () => {
    const { staging } = environments;
    expect(await found(staging, job('migrate-0123456789', 'migrate', { failed: 1 }))).toEqual(
      warning('^Job/migrate-0123456789', 'delete job/migrate-0123456789'),
    );
  });

  test.each([
    ['what a CronJob made', job('renew-1', 'certificates')],
    ['what a command made', job('reindex-0123456789', 'migrate')],
    ['the migration of a command', job('migrate-0123456789', 'migrate', { failed: 4 })],
    ['a Job that has ended', job('certificates-0123456789', 'certificates', { succeeded: 1 })],
    [
      'what another object owns',
      { kind: 'ConfigMap', metadata: { name: 'owned', ownerReferences: [{ kind: 'Job', name: 'x' }] } },
    ],
  ])('%s is expected', async (_, present) => {
    expect(await found(published, present)).toMatchObject({ level: 'good' });
  });

  test('every kind that the charts make in a namespace is looked for', () => {
    const all = Object.values(environments).flatMap((environment) => [...manifestsOf(environment)]);
    const inNamespace = all.filter(({ metadata }) => metadata.namespace !== undefined);
    expect([...new Set(inNamespace.map(({ kind }) => kind as string))].sort()).toEqual([...namespacedKinds]);
  });
});
