import { mediaVolumeOf } from '../../../charts/lib/media.ts';
import type { IngressAddress, PublicAddress } from '../../../environments/address.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { questionsFor } from '../../survey/questions.ts';
import { dataClass } from '../../survey/storage.ts';
import { leftoversBefore } from '../leftovers.ts';
import type { Check, Patient } from '../patient.ts';
import { podSecurity, podsAdmitted } from './admission.ts';
import { fits } from './fits.ts';
import { gateway } from './gateway.ts';
import { imageChecks } from './images.ts';
import { issuer, siteCertificate } from './ingress.ts';
import { networkChecks } from './network.ts';
import type { Probe } from './probe.ts';
import { quota } from './quota.ts';
import { room } from './room.ts';
import { secretStore, valuesInStore } from './secret-store.ts';
import { providedSecrets } from './secrets.ts';
import { storageClass, uploadsClass } from './storage.ts';
import { kubernetes, tools } from './versions.ts';
import { visitorsCome } from './visitors.ts';

/**
 * Every check before a deployment, in the order in which it is shown: those that only read come first, because the others
 * wait for pods.
 */
export function checksBefore(environment: AnyEnvironment, probe: Probe): Check[] {
  const { address, secretStore: store } = environment;
  const uploads = mediaVolumeOf(environment);
  return [
    { title: 'tools', look: (patient) => tools(patient) },
    { title: 'Kubernetes', look: kubernetes },
    ...questionsFor(environment).map((question) => (question === dataClass ? storageClass : fits(question))),
    ...(uploads
      ? [{ title: 'volume of uploads', look: (patient: Patient) => uploadsClass(patient, uploads) }]
      : []),
    ...(address.kind === 'local' ? [] : wayIn(address)),
    ...(store
      ? ([
          { title: 'secret store', look: (patient) => secretStore(patient, store) },
          { title: 'Secrets', look: (patient) => valuesInStore(patient, store, probe) },
        ] satisfies Check[])
      : [{ title: 'Secrets', look: providedSecrets }]),
    { title: 'room', look: (patient) => room(patient, probe.namespace) },
    { title: 'ResourceQuota', look: quota },
    { title: 'not in dist/', look: (patient) => leftoversBefore(patient, probe) },
    { title: 'Pod Security', look: (patient) => podSecurity(patient, probe) },
    { title: 'pods admitted', look: (patient) => podsAdmitted(patient, probe) },
    ...imageChecks(environment, probe),
    ...networkChecks(environment, probe),
  ];
}

/** The checks of what leads visitors to the site. */
function wayIn(address: PublicAddress): Check[] {
  if (address.kind === 'gateway')
    return [
      { title: 'Gateway', look: (patient) => gateway(patient, address) },
      { title: 'pods of the Gateway', look: (patient) => visitorsCome(patient, address) },
    ];
  const { tls } = address;
  return tls === 'ended-before' ? [] : [certificateCheck(address, tls)];
}

function certificateCheck(address: IngressAddress, tls: Exclude<IngressAddress['tls'], string>): Check {
  const { issuer: wanted } = tls;
  return wanted
    ? { title: 'issuer', look: (patient) => issuer(patient, wanted) }
    : { title: 'site certificate', look: (patient) => siteCertificate(patient, address, tls) };
}
