import { X509Certificate } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { ports } from '../../charts/lib/names.ts';
import { environments } from '../../environments/all.ts';
import { eventually, exec, kubectl } from './cluster.ts';

const { namespace } = environments.staging;
const certificateJob = ['renewed-by-test', '--namespace', namespace];

/** Prints the certificate that a server shows; Postgres wants to be asked for TLS first. */
const show = `import socket, ssl, struct, sys
host, port = sys.argv[1], int(sys.argv[2])
connection = socket.create_connection((host, port), 5)
if port == ${ports.postgres}:
    connection.sendall(struct.pack("!ii", 8, 80877103))
    assert connection.recv(1) == b"S"
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
print(ssl.DER_cert_to_PEM_cert(context.wrap_socket(connection, server_hostname=host).getpeercert(True)))`;

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

test('a certificate that is made anew is in use soon after, without a restart', async () => {
  const before = { postgres: await shown('postgres'), elasticsearch: await shown('elasticsearch') };
  expect(before).toEqual({ postgres: expect.any(String), elasticsearch: expect.any(String) });
  const pods = await restarts();
  await kubectl('delete', 'secret', 'postgres-tls', 'elasticsearch-tls', '--namespace', namespace);
  await kubectl('delete', 'job', ...certificateJob, '--ignore-not-found');
  await kubectl('create', 'job', ...certificateJob, '--from', 'cronjob/renew-certificates');
  await kubectl(
    'wait',
    'job/renewed-by-test',
    ...certificateJob.slice(1),
    '--for',
    'condition=Complete',
    '--timeout',
    '120s',
  );
  expect(await kubectl('logs', 'job/renewed-by-test', ...certificateJob.slice(1))).toContain(
    'made postgres-tls',
  );
  for (const service of ['postgres', 'elasticsearch'] as const) {
    await eventually(`${service} shows its new certificate`, 240, async () => {
      const serial = await shown(service);
      return serial !== undefined && serial !== before[service];
    });
  }
  expect(await restarts()).toBe(pods);
  await kubectl('delete', 'job', ...certificateJob);
});
