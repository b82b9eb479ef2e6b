import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { AnyEnvironment, StatefulSize } from '../../environments/environment.ts';
import { keptByArgoCd, labels, ports, selector } from './names.ts';

export type DataWorkload = 'postgres' | 'elasticsearch';

/**
 * The Service that clients use, and the headless one that gives each member a name of its own.
 *
 * @param clientSelector Labels by which the members that serve clients differ from the others; default: all serve.
 */
export function dataServices(
  scope: Construct,
  environment: AnyEnvironment,
  workload: DataWorkload,
  portName: string,
  clientSelector: Readonly<Record<string, string>> = {},
): void {
  const common = {
    selector: selector(environment, workload),
    ports: [{ name: portName, port: ports[workload], targetPort: k8s.IntOrString.fromString(portName) }],
  };
  new k8s.KubeService(scope, 'service', {
    metadata: { name: workload, labels: labels(environment, workload) },
    spec: { ...common, selector: { ...common.selector, ...clientSelector } },
  });
  new k8s.KubeService(scope, 'headless-service', {
    metadata: { name: headlessName(workload), labels: labels(environment, workload) },
    spec: { ...common, clusterIp: 'None', publishNotReadyAddresses: true },
  });
}

export function headlessName(workload: DataWorkload): string {
  return `${workload}-headless`;
}

/** A StatefulSet whose claim templates say all that the API server adds to them: else each apply would change them. */
export class DataStatefulSet extends k8s.KubeStatefulSet {
  override toJson(): object {
    const manifest: { spec: { volumeClaimTemplates: object[] } } = super.toJson();
    const templates = manifest.spec.volumeClaimTemplates.map((template) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      ...template,
      status: { phase: 'Pending' },
    }));
    return { ...manifest, spec: { ...manifest.spec, volumeClaimTemplates: templates } };
  }
}

/** The claim of each member, named `data`; Kubernetes keeps it when the StatefulSet is deleted. */
export function dataClaim(
  environment: AnyEnvironment,
  workload: DataWorkload,
  { storageGibibytes }: StatefulSize,
): k8s.KubePersistentVolumeClaimProps {
  return {
    metadata: {
      name: 'data',
      labels: selector(environment, workload),
      annotations: keptByArgoCd,
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      resources: { requests: { storage: k8s.Quantity.fromString(`${storageGibibytes}Gi`) } },
    },
  };
}
