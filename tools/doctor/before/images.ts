import type { EnvironmentName } from '../../../environments/all.ts';
import type { Application } from '../../../environments/contract.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { type ImageName, imageNames, noDigest, ownerOf, promotedFrom } from '../../../environments/images.ts';
import { describe, isBroken } from '../../cluster/pods.ts';
import { wantedPods } from '../../cluster/requests.ts';
import { TooLate } from '../../cluster/until.ts';
import { upLine } from '../../local/environments.ts';
import { bad, type Finding, good, warning } from '../finding.ts';
import type { Check, Patient } from '../patient.ts';
import type { Probe } from './probe.ts';

/** A check of each image that the environment's pods run: whether a node has it or can pull it, and can run it. */
export function imageChecks(environment: AnyEnvironment, probe: Probe): Check[] {
  const used = new Set(
    wantedPods(environment).flatMap(({ spec }) =>
      [...(spec.initContainers ?? []), ...spec.containers].map(({ image }) => image),
    ),
  );
  const own = imageNames
    .filter((image) => used.has(environment.images[image]))
    .map((image) =>
      check(image, environment.images[image], probe, (name) => pinning(image, environment, name)),
    );
  const { programs = {} }: Application = environment.application;
  const others = Object.entries(programs).map(([name, { image }]) =>
    check(
      name,
      image,
      probe,
      () =>
        `write its digest into programs.${name}.image in environments/application.ts: docker buildx imagetools inspect ${tagged(image)} shows it`,
    ),
  );
  return [...own, ...others];
}

/** @param pinned what gives it a digest in the environment of that name */
function check(
  image: string,
  reference: string,
  probe: Probe,
  pinned: (environment: string) => string,
): Check {
  return {
    title: `image ${image}`,
    look: async (patient) =>
      reference.endsWith(noDigest)
        ? bad(
            `${tagged(reference)} has a digest of zeros only: it is not pinned to an image that exists`,
            pinned(patient.name),
          )
        : pull(image, reference, patient, probe),
  };
}

function pinning(image: ImageName, { images }: AnyEnvironment, environment: string): string {
  const owner = ownerOf(environment, image, images[image]) ?? promotedFrom;
  return owner === promotedFrom ? `npm run pin -- ${owner} ${image}` : `npm run promote -- ${owner}`;
}

/** A reference without its digest. */
function tagged(reference: string): string {
  const [name = ''] = reference.split('@');
  return name;
}

async function pull(
  image: string,
  reference: string,
  { cluster: { context }, name }: Patient,
  probe: Probe,
): Promise<Finding> {
  try {
    const pod = await probe.start({ name: `image-${image}`, image: reference, command: ['true'] });
    const { waiting, terminated: ended } = pod.status?.containerStatuses?.[0]?.state ?? {};
    // Somebody else's image need not have the program `true`. The node has the image, which is the question.
    const hasNoTrue = [waiting, ended].some((state) => state?.message?.includes('executable file not found'));
    if (hasNoTrue) return good(`${pod.spec.nodeName ?? 'a node'} has ${tagged(reference)}`);
    if (isBroken(pod))
      return bad(`no node gets it: ${describe(pod, context)}`, remedyFor(reference, name, context));
    return ended && ended.exitCode !== 0
      ? bad(
          `it does not run: it ${endOf(ended)}`,
          `it may be built for other processors: kubectl --context ${context} get nodes -L kubernetes.io/arch`,
        )
      : good(`${pod.spec.nodeName ?? 'a node'} runs ${tagged(reference)}`);
  } catch (error) {
    if (!(error instanceof TooLate)) throw error;
    return warning(error.message, 'if its node still pulls it, give the same command again in some minutes');
  }
}

function endOf({ exitCode, message }: { readonly exitCode: number; readonly message?: string }): string {
  return `ended with ${exitCode}${message === undefined ? '' : `: ${message}`}`;
}

/** An image without a digest is built on this machine; others come from a registry. */
function remedyFor(reference: string, name: EnvironmentName, context: string): string {
  return reference.includes('@')
    ? `docker buildx imagetools inspect ${reference} says whether it is published; if that needs a password, so do the nodes (docs/publishing.md)`
    : `${upLine(name, context)} builds it and loads it into a local cluster`;
}
