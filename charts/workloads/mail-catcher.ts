import { k8s } from 'cdk8s-plus-27';
import { relayOf } from '../../environments/mail.ts';
import { Deployment } from '../lib/deployment.ts';
import { hardenedPod } from '../lib/hardened-pod.ts';
import { Service } from '../lib/service.ts';
import type { Workload } from '../lib/workload.ts';

/** Path of the page with the mail. */
const page = '/mail/';

/** The Service that takes mail. */
export const smtpService = 'mail-catcher-smtp';

const answers = { httpGet: { path: `${page}api/healthz`, port: k8s.IntOrString.fromString('http') } };

/**
 * MailDev, where mail is caught: it sends nothing, and shows the newest mail in a page. The mail is lost with the pod.
 *
 * @see https://github.com/maildev/maildev#readme
 */
export const mailCatcher: Workload<'mail-catcher', 'smtp' | 'http'> = {
  name: 'mail-catcher',
  description: 'takes the mail of an application that sends some, and shows it in a page',
  order: 47,
  tier: 'operations',
  ports: { smtp: 1025, http: 1080 },
  isIn: (environment) => relayOf(environment) === 'caught',
  opens: () => [],
  // Whoever reads a mail can reset passwords, so no visitor of a deployed site gets there.
  route: ({ kind }) => (kind === 'dev' ? { path: page, port: mailCatcher.ports.http } : undefined),
  objects: (chart) => {
    const { smtp, http } = mailCatcher.ports;
    new Service(chart, 'service', { targetPort: 'http' });
    new Service(chart, 'smtp', { name: smtpService, targetPort: 'smtp' });
    new Deployment(chart, 'deployment', {
      replicas: 1,
      // Two would each have a part of the mail.
      strategy: 'Recreate',
      pod: hardenedPod(chart, {
        containers: [
          {
            name: 'mail-catcher',
            image: chart.environment.images['mail-catcher'],
            args: [
              ...['--smtp', `${smtp}`, '--web', `${http}`, '--base-pathname', page],
              // 50 MIB of 2 MiB each, once more as attachments, fit into /tmp and into the memory.
              ...['--max-emails', '50', '--max-message-size', `${2 * 1024 * 1024}`],
            ],
            size: { cpuMillicores: 10, memoryMebibytes: 256 },
            ports: [
              { name: 'smtp', containerPort: smtp },
              { name: 'http', containerPort: http },
            ],
            readinessProbe: { ...answers, periodSeconds: 5, failureThreshold: 2 },
            livenessProbe: { ...answers, periodSeconds: 10, failureThreshold: 6 },
          },
        ],
      }),
    });
  },
};
