import { X509Certificate } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import { elasticsearch } from '../../charts/workloads/elasticsearch.ts';
import { postgres } from '../../charts/workloads/postgres.ts';
import { workloadsOf } from '../../charts/workloads.ts';
import { environments } from '../../environments/all.ts';
import type { PodTemplate } from '../../tools/cluster/cron-job.ts';
import { doctorFinds } from '../drills/finding.ts';
import { deployed } from '../drills/target.ts';
import { eventually } from '../lib/kubectl.ts';
import { bringUp } from './bring-up.ts';
import { exec, kubectl, local } from './cluster.ts';
import { runCronJobOnce } from './jobs.ts';

const { namespace } = environments.staging;

beforeAll(() => bringUp('staging'));

/** Prints the certificate that a server shows; Postgres wants to be asked for TLS first. */
const show = `import socket, ssl, struct, sys
host, port = sys.argv[1], int(sys.argv[2])
connection = socket.create_connection((host, port), 5)
if port == ${postgres.ports.postgres}:
    connection.sendall(struct.pack("!ii", 8, 80877103))
    assert connection.recv(1) == b"S"
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
print(ssl.DER_cert_to_PEM_cert(context.wrap_socket(connection, server_hostname=host).getpeercert(True)))`;

const ports = { postgres: postgres.ports.postgres, elasticsearch: elasticsearch.ports.http };

async function shown(service: 'postgres' | 'elasticsearch'): Promise<string | undefined> {
  const target = { namespace, of: 'deployment/web', container: 'web' };
  const { exitCode, output } = await exec(target, 'python', '-c', show, service, `${ports[service]}`);
  return exitCode === 0 ? new X509Certificate(output).serialNumber : undefined;
}

const restarts = () =>
  kubectl(
    ...['get', 'pods', '--namespace', namespace],
    ...['--selector', 'app.kubernetes.io/component=data,app.kubernetes.io/name in (postgres,elasticsearch)'],
    ...[
      '--output',
      'jsonpath={range .items[*]}{.metadata.uid} {.status.containerStatuses[*].restartCount}{"\\n"}{end}',
    ],
  );

const services = ['postgres', 'elasticsearch'] as const;

/** The workloads that have a certificate. */
const certified = workloadsOf(environments.staging)
  .filter(({ certificateFor }) => certificateFor?.(environments.staging) !== undefined)
  .map(({ name }) => name);

async function serials(): Promise<Record<string, string>> {
  const found = { postgres: await shown('postgres'), elasticsearch: await shown('elasticsearch') };
  expect(found).toEqual({ postgres: expect.any(String), elasticsearch: expect.any(String) });
  return found as Record<string, string>;
}

async function inUse(before: Readonly<Record<string, string>>): Promise<void> {
  for (const service of services) {
    await eventually(`${service} shows its new certificate`, 240, async () => {
      const serial = await shown(service);
      return serial !== undefined && serial !== before[service];
    });
  }
}

/** Runs the CronJob that renews certificates now, as it is or with another command. */
async function renew(command?: readonly string[]): Promise<string> {
  const change = (pod: PodTemplate): PodTemplate => {
    const [container] = pod.containers;
    return { ...pod, containers: [{ ...container, ...(command && { command: [...command] }) }] };
  };
  const { exitCode, output } = await runCronJobOnce(
    await deployed(local, environments.staging),
    'renew-certificates',
    'by-test',
    change,
  );
  expect([exitCode, output]).toEqual([0, expect.anything()]);
  return output;
}

/** The program that makes certificates, but it makes them anew at once, and they have ended a minute ago. */
const makeExpired = `exec(open("/usr/local/bin/renew-certificates").read()
    .replace("RENEWED_BEFORE = timedelta(days=30)", "RENEWED_BEFORE = timedelta(days=90)")
    .replace("timedelta(days=arguments.days)", "timedelta(minutes=-1)"))`;

/** What the site is told when it connects anew. */
const connect = `from django.db import OperationalError, connection
try:
    connection.ensure_connection()
    print("connected")
except OperationalError as error:
    print(error)`;

async function connection(): Promise<string> {
  const shell = ['python', 'manage.py', 'shell', '--verbosity', '0', '--command', connect];
  return (await exec({ namespace, of: 'deployment/web', container: 'web' }, ...shell)).output.trim();
}

test('certificates that have ended are refused, and the doctor says so; renewed, they are in use without a restart', async () => {
  const target = await deployed(local, environments.staging);
  const pods = await restarts();
  const first = await serials();
  expect(await renew(['python3', '-c', makeExpired])).toContain('made postgres-tls');
  await inUse(first);
  expect(await connection()).toContain('certificate verify failed');
  const found = await doctorFinds(target, 'TLS certificates', 'bad');
  expect(found).toBe(certified.map((name) => `${name}-tls: -1 days left`).join(', '));

  const expired = await serials();
  expect(await renew()).toContain('made postgres-tls, valid for 90 days: the old one had -1 days left');
  await inUse(expired);
  expect(await connection()).toBe('connected');
  expect(await doctorFinds(target, 'TLS certificates', 'good')).toContain('postgres-tls: 89 days left');
  expect(await restarts()).toBe(pods);
});
