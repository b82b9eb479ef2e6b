import type { Scanner } from './scanner.ts';
import { actionlint } from './scanners/actionlint.ts';
import { bandit } from './scanners/bandit.ts';
import { checkov } from './scanners/checkov.ts';
import { django } from './scanners/django.ts';
import { hadolint } from './scanners/hadolint.ts';
import { knip } from './scanners/knip.ts';
import { kubeLinter } from './scanners/kube-linter.ts';
import { kubeScore } from './scanners/kube-score.ts';
import { kubeconform } from './scanners/kubeconform.ts';
import { npmAudit } from './scanners/npm-audit.ts';
import { pipAudit } from './scanners/pip-audit.ts';
import { trivyConfiguration, trivyImages, trivySecrets } from './scanners/trivy.ts';
import { zizmor } from './scanners/zizmor.ts';

/** Every scanner, in the order of docs/security.md. */
export const scanners = [
  kubeScore,
  checkov,
  kubeLinter,
  kubeconform,
  trivyConfiguration,
  hadolint,
  trivyImages,
  trivySecrets,
  zizmor,
  actionlint,
  bandit,
  django,
  pipAudit,
  npmAudit,
  knip,
] as const satisfies readonly Scanner[];

export type ScannerName = (typeof scanners)[number]['name'];
