import type { Exception } from '../exceptions.ts';

/** What the scanners find in the Dockerfiles. */
export const images: readonly Exception[] = [
  {
    rules: { hadolint: ['DL3008'] },
    objects: ['docker/*/Dockerfile'],
    reason:
      'Debian keeps one version of a package in a release: a pinned one cannot be built any more after the next security update. The published image is pinned by its digest.',
  },
  {
    rules: { checkov: ['CKV_DOCKER_2'], 'trivy-configuration': ['DS-0026'] },
    objects: ['docker/*/Dockerfile'],
    reason: 'Kubernetes ignores HEALTHCHECK. The probes of the pods take its place.',
  },
];
