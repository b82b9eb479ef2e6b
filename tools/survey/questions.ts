import type { AnyEnvironment } from '../../environments/environment.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Answered } from './block.ts';
import { cpuLimit } from './cpu-limit.ts';
import { dns } from './dns.ts';
import { domain } from './domain.ts';
import { ingressClass, ingressController } from './ingress.ts';
import { ipFamilies } from './ip-families.ts';
import { kubernetesApi } from './kubernetes-api.ts';
import { createsNamespace, userId } from './namespace.ts';
import { imagePullSecret } from './pull-secret.ts';
import { answerTo, type Question } from './question.ts';
import { dataClass, scratchClass } from './storage.ts';

/** Every question to a cluster that an environment has, in the order in which its file has the values. */
export function questionsFor({ address }: AnyEnvironment): Question[] {
  return [
    ...(address.kind === 'ingress' ? [ingressClass, ingressController] : []),
    dns,
    kubernetesApi,
    domain,
    dataClass,
    scratchClass,
    ipFamilies,
    cpuLimit,
    userId,
    createsNamespace,
    imagePullSecret,
  ];
}

/** Asks all of them. */
export function askAll(cluster: Cluster, environment: AnyEnvironment): Promise<Answered[]> {
  return Promise.all(
    questionsFor(environment).map(async (question) => ({
      question,
      answer: await answerTo(question, cluster, environment),
    })),
  );
}
