import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { k8s } from 'cdk8s-plus-27';
import { hardenedPod } from '../../../charts/lib/hardened-pod.ts';
import { environments } from '../../../environments/all.ts';
import type { PodTemplate } from '../../../tools/cluster/cron-job.ts';
import { readRepository } from '../../../tools/postgres/repository.ts';
import { doctorFinds } from '../../drills/finding.ts';
import { moreLog } from '../../drills/log.ts';
import { deployed, healthy, runInMember, sql, type Target } from '../../drills/target.ts';
import { eventually } from '../../lib/kubectl.ts';
import { bringUp } from '../bring-up.ts';
import { apply, kubectl, local } from '../cluster.ts';
import { runCronJobOnce, withVariables } from '../jobs.ts';
import { imageOf, objectStoreOf } from '../local.ts';

/**
 * An object store that is not as it must be: its certificate has expired, or it has lost a file. For the second,
 * production must have been restored or switched over before: only then has its timeline a history.
 */
const { namespace } = environments.production;
const authority = 'expired-authority';
const expired = 'expired';

let target: Target;
let storeNamespace: string | undefined;

beforeAll(async () => {
  await bringUp('production');
  target = await deployed(local, environments.production);
  await healthy(target);
});

afterAll(async () => {
  const remove = ['delete', '--ignore-not-found', '--grace-period', '1'];
  await kubectl(...remove, `configmap/${authority}`, '--namespace', namespace);
  if (storeNamespace === undefined) return;
  await kubectl(...remove, `pod/${expired}`, `service/${expired}`, '--namespace', storeNamespace);
});

test('an object store whose certificate has expired: the backup fails, and says so where Kubernetes shows it', async () => {
  const { store, namespace: beside } = await objectStoreOf(target.cluster);
  storeNamespace = beside;
  const host = `${expired}.${beside}.svc`;
  const certificate = await serveExpired(host, store.port, beside);
  await apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: authority, namespace },
    data: { 'ca.crt': certificate },
  });
  const { exitCode, message, output } = await runCronJobOnce(
    target,
    'postgres-backup-incremental',
    'to-expired-store',
    (pod) => trusting(withVariables(pod, { PGBACKREST_REPO1_S3_ENDPOINT: host })),
  );
  expect([exitCode, message]).toEqual([
    1,
    expect.stringContaining("the object store's certificate is not to be trusted: look at objectStore.host"),
  ]);
  // It is its own certificate authority and has the right name: only its age is wrong.
  expect(output).toContain('certificate has expired');
});

test('a history that was dropped is missed by the doctor, and can be stored again', async () => {
  const { pod } = await healthy(target);
  const info = await runInMember(target, pod, 'pgbackrest', '--stanza=coped', 'info', '--output=json');
  const [stanza] = JSON.parse(info) as [{ readonly archive: readonly { readonly id: string }[] }];
  const archive = stanza.archive.at(-1)?.id;
  const timeline = await sql(target, pod, 'SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)');
  if (archive === undefined || timeline === '00000001')
    throw new Error(
      `restore or switch over ${namespace} first: timeline ${timeline} of ${archive} has no history`,
    );
  await sql(target, pod, `${moreLog}; SELECT pg_switch_wal()`);
  await eventually(`a segment of timeline ${timeline} in the object store`, 60, async () => {
    const { newest } = await readRepository(target.cluster, namespace);
    return newest?.segment.startsWith(timeline);
  });
  const path = `archive/coped/${archive}/${timeline}.history`;
  await runInMember(target, pod, 'pgbackrest', '--stanza=coped', 'repo-rm', path);
  try {
    expect(await doctorFinds(target, 'archived WAL', 'bad')).toContain('it is not complete after');
  } finally {
    // As docs/backups.md says it.
    const push = `pgbackrest --stanza=coped --no-archive-async archive-push pg_wal/${timeline}.history`;
    await runInMember(target, pod, 'bash', '-c', `cd "$PGDATA" && ${push}`);
  }
  expect(await doctorFinds(target, 'archived WAL', 'good')).toContain('is the newest in the object store');
});

/** Runs a server beside the object store with a certificate of 2020, and gives the certificate. */
async function serveExpired(host: string, port: number, beside: string): Promise<string> {
  const validity = '-not_before 20200101000000Z -not_after 20200201000000Z';
  const names = `-subj /CN=${host} -addext subjectAltName=DNS:${host}`;
  const files = '-keyout /tmp/key -out /tmp/certificate';
  const make = `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes ${files} ${names} ${validity}`;
  const serve = `exec openssl s_server -quiet -accept ${port} -cert /tmp/certificate -key /tmp/key`;
  const labels = { app: expired };
  const spec = hardenedPod(
    { workload: { name: 'default' }, environment: {} },
    {
      containers: [
        {
          name: 'server',
          image: imageOf('production', 'credentials'),
          command: ['sh', '-ec', `${make} 2>&1; ${serve}`],
          ports: [{ name: 'https', containerPort: port }],
          readinessProbe: { tcpSocket: { port: k8s.IntOrString.fromString('https') }, periodSeconds: 1 },
          size: { cpuMillicores: 10, memoryMebibytes: 64 },
        },
      ],
    },
  );
  const metadata = { name: expired, namespace: beside, labels };
  await apply(k8s.KubePod.manifest({ metadata, spec }));
  await apply(k8s.KubeService.manifest({ metadata, spec: { selector: labels, ports: [{ port }] } }));
  const where = ['--namespace', beside];
  await kubectl('wait', '--for=condition=Ready', `pod/${expired}`, ...where, '--timeout', '120s');
  return kubectl('exec', expired, ...where, '--', 'cat', '/tmp/certificate');
}

/** The pod, with this test's certificate authority instead of the object store's. */
function trusting(pod: PodTemplate): PodTemplate {
  const volumes = pod.volumes.map((volume) =>
    volume.name === 'object-store-authority' ? { ...volume, configMap: { name: authority } } : volume,
  );
  return { ...pod, volumes };
}
