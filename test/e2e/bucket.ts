/** Uploads in a bucket of the cluster's object store, whose visitors come to a host with TLS. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { localStore } from '../../charts/object-store.ts';
import type { ObjectStore } from '../../environments/environment.ts';
import { secretValue } from '../../tools/cluster/cluster.ts';
import { openBrowser } from './browser.ts';
import { exec, local } from './cluster.ts';
import { objectStoreOf } from './local.ts';

/** A bucket, and the keys that it has for itself. */
export interface Bucket {
  readonly store: ObjectStore;
  readonly keys: { readonly AWS_S3_ACCESS_KEY_ID: string; readonly AWS_S3_SECRET_ACCESS_KEY: string };
}

/** Makes a bucket, as who runs a store does for an application: with keys that reach no other bucket. */
export async function makeBucket(bucket: string): Promise<Bucket> {
  const { service, keys: own } = localStore;
  const { store, namespace } = await objectStoreOf(local);
  const keys = { AWS_S3_ACCESS_KEY_ID: 'uploads', AWS_S3_SECRET_ACCESS_KEY: randomBytes(20).toString('hex') };
  const root = ['--access', own.BACKUP_S3_KEY, '--secret', own.BACKUP_S3_SECRET];
  const where = ['--endpoint-url', `https://localhost:${store.port}`, '--allow-insecure'];
  const login = ['--access', keys.AWS_S3_ACCESS_KEY_ID, '--secret', keys.AWS_S3_SECRET_ACCESS_KEY];
  for (const command of [
    ['create-user', ...login, '--role', 'user'],
    ['create-bucket', '--bucket', bucket, '--owner', keys.AWS_S3_ACCESS_KEY_ID],
  ]) {
    // Its image has no shell, and says nowhere where the program is.
    const program = ['/proc/1/exe', 'admin', ...root, ...where, ...command];
    const { exitCode, output } = await exec({ namespace, of: `deployment/${service}` }, ...program);
    if (exitCode !== 0) throw new Error(`the object store did not ${command[0]}: ${output}`);
  }
  return { store: { ...store, bucket }, keys };
}

/** A browser that finds a site and the store where their hosts are known, and trusts whoever answers. */
export interface Visitor {
  readonly browser: Pick<Browser, 'newPage'>;
  readonly close: () => Promise<void>;
}

/** Starts such a browser for the nginx of an environment. */
export async function visitorOf(host: string, namespace: string, store: ObjectStore): Promise<Visitor> {
  const nginx = await forward(namespace, 'nginx', 80);
  const behind = await forward(localStore.namespace, localStore.service, store.port);
  const site = await endTls(nginx.port);
  const browser = await openBrowser({ [host]: site.port, [store.host]: behind.port });
  return {
    browser: { newPage: () => browser.newPage({ ignoreHTTPSErrors: true }) },
    close: async () => {
      await browser.close();
      for (const { close } of [site, behind, nginx]) close();
    },
  };
}

/** A port of this machine, and what closes it. */
interface Opened {
  readonly port: number;
  readonly close: () => void;
}

/** Leads a port to a Service. The connection comes from the node of the pod, which no policy refuses. */
async function forward(namespace: string, service: string, port: number): Promise<Opened> {
  const where = ['--context', local.context, '--namespace', namespace];
  const running = spawn('kubectl', ['port-forward', ...where, `service/${service}`, `:${port}`]);
  let said = '';
  const opened = await new Promise<number>((resolve, reject) => {
    const hear = (text: Buffer) => {
      said += text;
      const [, found] = /^Forwarding from 127\.0\.0\.1:(\d+)/m.exec(said) ?? [];
      if (found !== undefined) resolve(Number(found));
    };
    running.stdout.on('data', hear);
    running.stderr.on('data', hear);
    running.on('error', reject);
    running.on('exit', () => reject(new Error(`kubectl port-forward to ${service} ended: ${said}`)));
  });
  return { port: opened, close: () => running.kill() };
}

/** Ends TLS, and passes requests on to a port without it, as an Ingress controller does. */
async function endTls(to: number): Promise<Opened> {
  const { namespace, certificate } = localStore;
  const secret = (key: string) => secretValue(local, namespace, certificate, key);
  const server = createServer(
    { cert: await secret('tls.crt'), key: await secret('tls.key') },
    (asked, answer) => {
      const headers = { ...asked.headers, 'x-forwarded-proto': 'https' };
      const options = { port: to, method: asked.method, path: asked.url, headers };
      const passed = request(options, (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      });
      passed.on('error', (error) => answer.writeHead(502).end(error.message));
      asked.pipe(passed);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { port, close };
}
