import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import { execIn } from '../cluster/cluster.ts';
import { manifestsOf } from '../cluster/manifests.ts';
import type { Manifest } from '../cluster/objects.ts';
import { podsOf } from '../cluster/pods.ts';
import { bad, type Finding, good, unanswered, warning } from './finding.ts';
import type { Patient } from './patient.ts';

/** Percentage from which a full volume is a warning, and from which it is an error. */
const fullness = { warning: 80, bad: 90 };

/** A container that mounts a volume. */
interface Mount {
  readonly claim: string;
  readonly pod: string;
  readonly container: string;
  readonly path: string;
}

/** How full the volumes are. */
export async function volumes({ cluster, environment }: Patient): Promise<Finding> {
  const all = manifestsOf(environment).flatMap(mountsOf);
  // Of a volume that several pods share, one mount says enough.
  const mounts = all.filter(({ claim }, index) => all.findIndex((each) => each.claim === claim) === index);
  const used = await Promise.all(
    mounts.map(async ({ claim, pod, container, path }) => {
      const command = ['df', '--output=pcent', path];
      const df = execIn(cluster, { namespace: environment.namespace, of: pod, container }, command);
      // A pod that cannot be asked must not hide how full the others are.
      const output = await df.catch((error) => unanswered(error, environment.namespace).detail);
      const percent = Number(/(\d+)%/.exec(output)?.[1] ?? Number.NaN);
      return {
        percent,
        what: Number.isNaN(percent) ? `${claim} ${output}` : `${claim} is ${percent} % full`,
      };
    }),
  );
  const worthALook = used.filter(({ percent }) => !(percent < fullness.warning));
  if (worthALook.length === 0)
    return good(used.reduce((fullest, each) => (each.percent > fullest.percent ? each : fullest)).what);
  const detail = worthALook.map(({ what }) => what).join('; ');
  const remedy = 'look at the pods that cannot be asked, grow the volumes that are full: docs/volumes.md';
  return worthALook.some(({ percent }) => !(percent < fullness.bad))
    ? bad(detail, remedy)
    : warning(detail, remedy);
}

/** Each claim of a StatefulSet's pods, and each that a Deployment's pods write to, where a container mounts it. */
function mountsOf(manifest: Manifest): Mount[] {
  if (manifest.kind === 'Deployment') return sharedMountsOf(manifest);
  if (manifest.kind !== 'StatefulSet') return [];
  const { metadata, spec } = manifest;
  return (spec?.volumeClaimTemplates ?? []).flatMap(({ metadata: { name: volume } = {} }) =>
    (spec?.template.spec?.containers ?? []).flatMap(({ name: container, volumeMounts = [] }) =>
      volumeMounts
        .filter(({ name }) => name === volume)
        .slice(0, 1)
        .flatMap(({ mountPath: path }) =>
          podsOf(metadata.name, spec?.replicas ?? 1).map((pod) => ({
            claim: `${volume}-${pod}`,
            pod,
            container,
            path,
          })),
        ),
    ),
  );
}

/** Any pod of the Deployment shows the same volume. Dev's live source is mounted read-only, and is not ours to grow. */
function sharedMountsOf({ metadata, spec }: Manifest & IDeployment): Mount[] {
  const { volumes = [], containers = [] } = spec?.template.spec ?? {};
  return volumes.flatMap(({ name, persistentVolumeClaim }) =>
    persistentVolumeClaim === undefined || persistentVolumeClaim.readOnly
      ? []
      : containers.flatMap(({ name: container, volumeMounts = [] }) =>
          volumeMounts
            .filter((mount) => mount.name === name)
            .map(({ mountPath: path }) => ({
              claim: persistentVolumeClaim.claimName,
              pod: `deployment/${metadata.name}`,
              container,
              path,
            })),
        ),
  );
}
