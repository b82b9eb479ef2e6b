import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump, loadAll } from 'js-yaml';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IRoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding';
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { certificates } from '../../charts/workloads/certificates.ts';
import { production } from '../../environments/production.ts';
import { manifestsOf } from './subject.ts';

interface Any {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** Makes objects worse, and returns those that remain. */
type Change = (objects: readonly Any[]) => readonly Any[];

/** Production as it is, of which nothing may be found. */
export const unchanged = 'unchanged';

/** Changes of production that the scan has to find, each by its name. */
export const worsenings: Readonly<Record<string, Change>> = {
  [unchanged]: (objects) => objects,
  'runs as root': ofPod(({ securityContext }) => {
    Object.assign(securityContext ?? {}, { runAsUser: 0, runAsNonRoot: false });
  }),
  'privilege escalation': ofSecurity({ allowPrivilegeEscalation: true }),
  'privileged container': ofSecurity({ privileged: true }),
  'added capability': ofSecurity({ capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } }),
  'default capabilities': ofSecurity({ capabilities: {} }),
  'writable root file system': ofSecurity({ readOnlyRootFilesystem: false }),
  'no seccomp profile': ofPod(({ securityContext }) => {
    delete securityContext?.seccompProfile;
  }),
  'no limits': ofContainer((web) => {
    delete web.resources?.limits;
  }),
  'no requests': ofContainer((web) => {
    delete web.resources?.requests;
  }),
  'tag latest': ofContainer((web) => {
    web.image = 'ghcr.io/coped/web:latest';
  }),
  'no probes': ofContainer((web) => {
    delete web.startupProbe;
    delete web.livenessProbe;
    delete web.readinessProbe;
  }),
  'folder of the node': ofPod(({ volumes }) => volumes?.push({ name: 'node', hostPath: { path: '/etc' } })),
  'network of the node': ofPod((pod) => {
    pod.hostNetwork = true;
  }),
  'token that nothing needs': ofPod((pod) => {
    pod.automountServiceAccountToken = true;
  }),
  'no network policy': (objects) => objects.filter(({ kind }) => kind !== 'NetworkPolicy'),
  'no disruption budget': (objects) => objects.filter(({ kind }) => kind !== 'PodDisruptionBudget'),
  'Role that allows everything': (objects) => {
    // Under a name of its own: checkov would find it in every copy that has a Role of the name.
    const name = 'everything';
    const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
    return objects.map((each) => {
      if (each.metadata.name !== certificates.name) return each;
      if (each.kind === 'Role') return { ...each, metadata: { ...each.metadata, name }, rules };
      if (each.kind === 'RoleBinding')
        return { ...each, roleRef: { ...(each as IRoleBinding).roleRef, name } };
      return each;
    });
  },
};

/** Writes production, changed in each way, into a folder of the name of the change. */
export function addWorsenings(manifests: string): void {
  const objects = manifestsOf('production').flatMap(({ text }) => loadAll(text) as Any[]);
  for (const [name, change] of Object.entries(worsenings)) {
    const text = change(structuredClone(objects)).map((each) => dump(each));
    mkdirSync(join(manifests, name));
    // A namespace of its own: checkov would see the pods of one copy as those of another.
    const namespace = `coped-${name.toLowerCase().replaceAll(' ', '-')}`;
    const all = text.join('---\n').replaceAll(production.namespace, namespace);
    writeFileSync(join(manifests, name, 'all.yaml'), all);
  }
}

function ofPod(change: (pod: IPodSpec) => void): Change {
  return (objects) => {
    const web = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'web');
    const pod = (web as IDeployment | undefined)?.spec?.template.spec;
    if (!pod) throw new Error('production has no Deployment web');
    change(pod);
    return objects;
  };
}

function ofContainer(change: (web: IContainer) => void): Change {
  return ofPod(({ containers: [first] }) => {
    if (!first) throw new Error('the pods of web have no container');
    change(first);
  });
}

function ofSecurity(worse: IContainer['securityContext']): Change {
  return ofContainer(({ securityContext }) => {
    Object.assign(securityContext ?? {}, worse);
  });
}
