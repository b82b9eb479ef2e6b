import { describe, expect, test } from '@jest/globals';
import { connections } from '../../charts/connections.ts';
import { toMail } from '../../charts/lib/mail.ts';
import { toMedia } from '../../charts/lib/media.ts';
import { labels, selector } from '../../charts/lib/workload.ts';
import { workloadsOf } from '../../charts/workloads.ts';
import type { Application } from '../../environments/contract.ts';
import { production } from '../../environments/production.ts';
import type { Peer, Rule } from '../lib/manifest-types.ts';
import { allEnvironments, manifests, pods, variants } from '../lib/manifests.ts';

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  const policies = () => manifests(environment).filter(({ kind }) => kind === 'NetworkPolicy');
  const policy = (name: string) => {
    const found = policies().find(({ metadata }) => metadata.name === name);
    if (!found?.spec) throw new Error(`no policy ${name}`);
    return found.spec;
  };

  test('refuses by default, in both directions', () => {
    expect(policy('default-deny')).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  });

  test('every pod has exactly one policy of its own', () => {
    for (const { owner, labels } of pods(environment)) {
      const selecting = policies().filter(
        ({ spec }) =>
          spec?.podSelector?.matchLabels &&
          Object.entries(spec.podSelector.matchLabels).every(([key, value]) => labels[key] === value),
      );
      expect([owner, selecting.length]).toEqual([owner, 1]);
    }
  });

  test('every workload of the graph is there, and no other', () => {
    const names = pods(environment).map(({ labels }) => labels['app.kubernetes.io/name']);
    expect(new Set(names)).toEqual(new Set(workloadsOf(environment).map(({ name }) => name)));
  });

  test('each declared connection is open at both of its ends inside the namespace, and nothing else is', () => {
    const opened = (direction: 'ingress' | 'egress') =>
      workloadsOf(environment).flatMap(({ name: workload }) =>
        (policy(workload)[direction] ?? []).flatMap((rule: Rule) =>
          (rule.from ?? rule.to ?? []).flatMap(({ podSelector, namespaceSelector }: Peer) => {
            const other = podSelector?.matchLabels['app.kubernetes.io/name'];
            if (other === undefined || namespaceSelector) return [];
            const [from, to] = direction === 'ingress' ? [other, workload] : [workload, other];
            return rule.ports.map(({ port }) => `${from} → ${to}:${port}`);
          }),
        ),
      );
    const workloads: readonly string[] = workloadsOf(environment).map(({ name }) => name);
    const declared = connections(environment)
      .filter(({ from, to }) => workloads.includes(from) && workloads.includes(to))
      .map(({ from, to, port }) => `${from} → ${to}:${port}`);
    expect(opened('ingress').sort()).toEqual([...declared].sort());
    expect(opened('egress').sort()).toEqual([...declared].sort());
  });

  test('a policy allows the peers of the declared connections, on their ports, and no others', () => {
    const declared = connections(environment);
    for (const workload of workloadsOf(environment)) {
      const { name } = workload;
      const incoming = declared
        .filter(({ to }) => to === name)
        .map(({ peers, port, protocol }) => ({ from: peers.from, ports: [{ port, protocol }] }));
      const outgoing = declared
        .filter(({ from }) => from === name)
        .map(({ peers, port, protocol }) => ({ to: peers.to, ports: [{ port, protocol }] }));
      expect([name, policy(name)]).toEqual([
        name,
        {
          podSelector: { matchLabels: selector(environment, workload) },
          policyTypes: ['Ingress', 'Egress'],
          ...(incoming.length > 0 && { ingress: incoming }),
          ...(outgoing.length > 0 && { egress: outgoing }),
        },
      ]);
    }
  });

  test('a policy says to its reader what it allows and why, each once', () => {
    const declared = connections(environment);
    // What cert-manager makes is no workload: test/charts/lib/cert-manager.test.ts.
    for (const { metadata } of policies().filter((each) => each.metadata.name !== 'http01-solver')) {
      const said = metadata.annotations?.['kubernetes.io/description']?.split('; ');
      const expected = [
        ...declared
          .filter(({ to }) => to === metadata.name)
          .map(({ from, port, why }) => `from ${from} on ${port}: ${why}`),
        ...declared
          .filter(({ from }) => from === metadata.name)
          .map(({ to, port, why }) => `to ${to} on ${port}: ${why}`),
      ];
      expect(said).toEqual(
        metadata.name === 'default-deny'
          ? ['refuses every connection that no other policy allows']
          : [...new Set(expected)],
      );
    }
  });

  test('the data services open connections to their own kind, DNS, the Kubernetes API and the backups only', () => {
    const targets = connections(environment)
      .filter(({ from }) => ['postgres', 'elasticsearch'].includes(from))
      .map(({ from, to }) => (from === to ? 'its own kind' : to));
    for (const target of targets)
      expect(['its own kind', 'cluster-dns', 'kubernetes-api', 'object-store']).toContain(target);
  });

  test('nothing but backups, uploads, mail, and what the application declares, may reach an address outside the private ranges', () => {
    const { reaches = [], processes = {}, programs = {} }: Application = environment.application;
    const outside = new Set(
      [
        ...[...toMail(environment), ...toMedia(environment)].map(({ to }) => ({ what: to.name })),
        ...reaches,
        ...[processes, programs].flatMap((all) => Object.values(all)).flatMap((each) => each.reaches ?? []),
      ].map(({ what }) => what),
    );
    const allowed = connections(environment).filter(({ to }) => to === 'object-store' || outside.has(to));
    for (const { metadata, spec } of policies()) {
      const own = allowed.filter(({ from }) => from === metadata.name).map(({ port }) => port);
      for (const { to, ports } of spec?.egress ?? []) {
        if (ports.every((open) => own.includes(open.port))) continue;
        for (const { ipBlock } of to ?? [])
          if (ipBlock) expect(ipBlock.cidr).toMatch(/^(10\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.)/);
      }
    }
  });

  test('every port of a workload that others connect to is opened by its containers, by its name', () => {
    for (const { name, ports } of workloadsOf(environment)) {
      const open = pods(environment)
        .filter(({ labels }) => labels['app.kubernetes.io/name'] === name)
        .flatMap(({ pod }) => pod.containers.flatMap((container) => container.ports ?? []));
      for (const [port, number] of Object.entries(ports)) {
        const isUsed = connections(environment).some((arrow) => arrow.to === name && arrow.port === number);
        if (isUsed) expect(open).toContainEqual({ name: port, containerPort: number });
      }
      for (const { containerPort } of open) expect(Object.values(ports)).toContain(containerPort);
    }
  });
});

test('nginx has no connection to the data services', () => {
  for (const environment of allEnvironments) {
    const targets = connections(environment)
      .filter(({ from }) => from === 'nginx')
      .map(({ to }) => to);
    expect(targets).not.toContain('postgres');
    expect(targets).not.toContain('elasticsearch');
  }
});

describe('where Cilium knows the Kubernetes API by name', () => {
  const environment = { ...production, cluster: { kubernetesApi: { policy: 'cilium', port: 443 } } } as const;
  const ofKind = (kind: string) => manifests(environment).filter((manifest) => manifest.kind === kind);
  const users = workloadsOf(environment).filter(({ name }) =>
    connections(environment).some(({ from, to }) => from === name && to === 'kubernetes-api'),
  );

  test('a policy of Cilium leads each workload there that declares it, and no other', () => {
    expect(users.map(({ name }) => name)).toEqual(['certificates', 'postgres']);
    expect(ofKind('CiliumNetworkPolicy')).toEqual(
      users.map((workload) => ({
        apiVersion: 'cilium.io/v2',
        kind: 'CiliumNetworkPolicy',
        metadata: {
          name: workload.name,
          namespace: production.namespace,
          labels: labels(environment, workload),
          annotations: {
            'kubernetes.io/description': expect.stringContaining('to kubernetes-api on 443: '),
          },
        },
        spec: {
          endpointSelector: { matchLabels: selector(environment, workload) },
          egress: [
            {
              toEntities: ['kube-apiserver'],
              toPorts: [{ ports: [{ port: '443', protocol: 'TCP' }] }],
            },
          ],
        },
      })),
    );
  });

  test('no other policy has a rule for it', () => {
    const rules = ofKind('NetworkPolicy').flatMap(({ spec }) => spec?.egress ?? []);
    const declared = connections(environment).filter(({ peers: { to } }) => typeof to !== 'string');
    const wanted = declared.map(({ peers: { to }, port }) => ({ to, port }));
    expect(rules).not.toEqual([]);
    for (const { to, ports } of rules) expect(wanted).toContainEqual({ to, port: ports[0]?.port });
  });
});
