import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type EnvironmentName, environments, manifestsFolder } from '../../../environments/all.ts';
import { imageNames } from '../../../environments/images.ts';
import { readManifests, workloadsAmong } from '../../../tools/cluster/manifests.ts';
import type { Manifest } from '../../../tools/cluster/objects.ts';
import { waitUntilReady } from '../../../tools/cluster/wait.ts';
import { provideAuthority } from '../../../tools/local/object-store.ts';
import { literal } from '../../../tools/survey/literal.ts';
import { checkoutWith, removeCheckout, runIn } from '../../lib/checkout.ts';
import { eventually, type Place } from '../../lib/kubectl.ts';
import { bringUp } from '../bring-up.ts';
import { apply, exec, kubectl, local, newEnvFile, tryKubectl } from '../cluster.ts';
import { imageOf, objectStoreOf } from '../local.ts';
import { changeClasses, moveDns, otherClasses, otherDns } from '../other-cluster.ts';
import { removeEnvironment } from '../remove.ts';
import { commandsIn } from '../second-site.ts';

/**
 * What `npm run survey -- staging` prints, put into environments/staging.ts of a copy of the checkout, deploys without
 * another edit. The cluster differs from kind where one of OpenShift does, and no StorageClass is the default.
 */
const name = 'staging' satisfies EnvironmentName;
const { namespace, address } = environments[name];
const controller: Place = { namespace: 'other-ingress', of: 'controller' };
const controllersLabels = {
  'ingresscontroller.operator.openshift.io/deployment-ingresscontroller': 'default',
};
const className = 'other';

let folder: string;
let commands: ReturnType<typeof commandsIn>;
const putBacks: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  // Its images stay.
  await bringUp(name);
  await removeEnvironment(name);
  folder = checkoutWith([]);
  commands = commandsIn(folder);
  await writeObjectStore();
  for (const change of [changeClasses, addController, makeNamespace, moveDns]) putBacks.push(await change());
});

afterAll(async () => {
  removeCheckout(folder);
  await removeEnvironment(name);
  for (const putBack of putBacks.toReversed()) await putBack();
});

test('the block says how the cluster differs, and compiles', async () => {
  const printed = await commands.succeeds('survey', '--', name);
  console.log(printed);
  const [block = ''] = printed.split('\n\n');
  expect(new Function(`return { ${block} }`)()).toEqual({
    address: {
      ...address,
      className,
      from: [{ namespace: controller.namespace, labels: controllersLabels }],
    },
    cluster: {
      dns: otherDns,
      storageClasses: otherClasses,
      cpuLimitMillicores: 2000,
      userId: 1000680000,
    },
  });
  paste(block);
  expect(await runIn(folder, 'tsc', [])).toEqual({ exitCode: 0, output: '' });
});

test('with it the environment deploys, and answers the controller with a page', async () => {
  await commands.succeeds('synth');
  const manifests = withLocalImages(readManifests(join(folder, manifestsFolder(name))));
  const envFile = join(folder, `${name}.env`);
  await newEnvFile(name, envFile);
  await commands.succeeds('secrets', '--', name, '--env-file', envFile);
  await provideAuthority(local, environments[name]);
  await apply(...manifests);
  await waitUntilReady(local, namespace, workloadsAmong(manifests), {
    timeoutSeconds: 900,
    endsAtGate: false,
    report: () => {},
  });
  await eventually('a page', 60, async () => (await statusOf(address.host)) === '200');
});

/** Staging backs up to the object store of the local cluster, which no survey knows. */
async function writeObjectStore(): Promise<void> {
  const { store } = await objectStoreOf(local);
  const own = /^ {4}objectStore: \{\n.*?^ {4}\},\n/ms;
  edit((text) => text.replace(own, `    objectStore: ${literal(store)},\n`));
}

/** Puts the parts of a block in the place of those that are there, as docs/production.md says. */
function paste(block: string): void {
  const own = /^ {2}(address|cluster): \{\n.*?^ {2}\},\n/gms;
  edit((text) => text.replaceAll(own, '').replace(/^(?= {2}localAddress:)/m, () => `${block}\n`));
}

function edit(change: (text: string) => string): void {
  const file = join(folder, `environments/${name}.ts`);
  const before = readFileSync(file, 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`${file} is not as this test expects it:\n${before}`);
  writeFileSync(file, after);
}

/** The manifests with the images of this machine, as nobody has published others. */
function withLocalImages(manifests: readonly Manifest[]): Manifest[] {
  const { images } = environments[name];
  const text = imageNames.reduce(
    (all, image) => all.replaceAll(images[image], imageOf(name, image)),
    JSON.stringify(manifests),
  );
  return JSON.parse(text);
}

/** The status of the page to which nginx leads who asks it as an Ingress controller does. */
async function statusOf(host: string): Promise<string> {
  const program = [
    'import sys, urllib.request',
    "headers = {'Host': sys.argv[2], 'X-Forwarded-Proto': 'https'}",
    'request = urllib.request.Request(sys.argv[1], headers=headers)',
    'print(urllib.request.urlopen(request, timeout=20).status)',
  ].join('\n');
  return (await exec(controller, 'python3', '-c', program, `http://nginx.${namespace}/`, host)).output;
}

/** An Ingress class, and a pod in the place of its controller. */
async function addController(): Promise<() => Promise<string>> {
  await apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: controller.namespace } },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: className },
      spec: { controller: 'openshift.io/ingress-to-route' },
    },
  );
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: controller.of, namespace: controller.namespace, labels: controllersLabels },
    spec: {
      containers: [{ name: 'router', image: imageOf(name, 'credentials'), command: ['sleep', 'infinity'] }],
      terminationGracePeriodSeconds: 0,
    },
  };
  // The namespace has no ServiceAccount in the first moment.
  await eventually('a pod in the place of a controller', 30, async () => {
    return (await tryKubectl(['apply', '--filename', '-'], JSON.stringify(pod))).exitCode === 0;
  });
  const which = [`pod/${controller.of}`, '--namespace', controller.namespace];
  await kubectl('wait', ...which, '--for', 'condition=Ready', '--timeout', '90s');
  return () => kubectl('delete', `ingressclass/${className}`, `namespace/${controller.namespace}`);
}

/** The namespace as who runs the cluster makes it: with a range of users, and a quota that demands limits of processor time. */
async function makeNamespace(): Promise<() => Promise<string>> {
  await kubectl('create', 'namespace', namespace);
  await kubectl('annotate', 'namespace', namespace, 'openshift.io/sa.scc.uid-range=1000680000/10000');
  await apply({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'team', namespace },
    spec: { hard: { 'limits.cpu': '30' } },
  });
  return () => kubectl('delete', 'namespace', namespace, '--ignore-not-found');
}
