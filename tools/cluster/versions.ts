/**
 * The minor versions of Kubernetes 1 on which an environment can run. In the oldest one every field of the manifests is
 * stable, the youngest of them being `unhealthyPodEvictionPolicy` of disruption budgets. The newest one is that of
 * kind. CI runs the end-to-end tests on both.
 *
 * @see https://kubernetes.io/releases/version-skew-policy/
 */
export const supportedKubernetes = { oldest: 31, newest: 37 } as const;

/**
 * The minor version of a version such as `v1.35.4` or `v1.33.5-eks-113cf36`.
 *
 * @returns undefined when the text is no version of Kubernetes 1
 */
export function minorOf(version: string): number | undefined {
  const [, minor] = /^v1\.(\d+)\./.exec(version) ?? [];
  return minor === undefined ? undefined : Number(minor);
}
