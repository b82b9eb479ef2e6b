import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { type EnvironmentName, environments } from '../../../../environments/all.ts';
import { dev } from '../../../../environments/dev.ts';
import type { AnyEnvironment, ObjectStore, PinnedImage } from '../../../../environments/environment.ts';
import { examineOnly } from '../../../../tools/commands/doctor.ts';
import { checksBefore } from '../../../../tools/doctor/before/checks.ts';
import { openProbe } from '../../../../tools/doctor/before/probe.ts';
import { mediaInBucket, small } from '../../../lib/applications.ts';
import {
  type Answers,
  clusterBefore,
  ended,
  found,
  foundBefore,
  items,
  probePod,
  published,
} from '../../../lib/before.ts';
import { bad, failed, warning } from '../../../lib/doctor.ts';
import { application } from '../../../second-application/application.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

/** Lets each wait end with its first look. */
function noPatience(): void {
  let now = 0;
  jest.spyOn(Date, 'now').mockImplementation(() => {
    now += 100_000;
    return now;
  });
}

/** What containerd says of a program that an image lacks. */
const missing = 'exec: "true": executable file not found in $PATH';
const inProbe = 'get pods --namespace coped-before-';

describe('an image', () => {
  const web = (state: object) => foundBefore('image web', { [inProbe]: items(probePod('image-web', state)) });

  test('that a node runs', async () => {
    expect(await web(ended(0))).toEqual({ level: 'good', detail: 'a runs registry.example.org/web:1' });
    expect(await web({ running: {} })).toMatchObject({ level: 'good' });
  });

  test.each(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName'])(
    'that no node gets: %s',
    async (reason) => {
      expect(await web({ waiting: { reason, message: 'registry.example.org/web:1: not found' } })).toEqual(
        bad(
          `no node gets it: .*${reason}: registry.example.org/web:1: not found`,
          /docker buildx imagetools inspect registry.example.org\/web:1@sha256:1+ /,
        ),
      );
    },
  );

  test('that was not built on this machine', async () => {
    const state = { waiting: { reason: 'ErrImagePull', message: 'not found' } };
    const answers = { [inProbe]: items(probePod('image-web', state)) };
    expect(await foundBefore('image web', answers, dev)).toEqual(
      bad('not found', 'npm run up -- --context test builds it'),
    );
  });

  test('that does not run', async () => {
    expect(await web(ended(128, 'exec format error'))).toEqual(
      bad('it ended with 128: exec format error', 'kubectl --context test get nodes -L kubernetes.io/arch'),
    );
    expect(await web(ended(1))).toEqual(bad(/it ended with 1$/, 'kubernetes.io/arch'));
  });

  test('that is being pulled', async () => {
    noPatience();
    expect(await web({ waiting: { reason: 'ContainerCreating' } })).toEqual(
      warning('not known after 90 s: image-web, .*waits for its image', 'give the same command again'),
    );
  });

  test('that nobody has published is not tried', async () => {
    const cluster = clusterBefore();
    const finding = await found(
      'image elasticsearch',
      cluster,
      openProbe(cluster, environments.production),
      environments.production,
    );
    expect(finding).toEqual(
      bad('elasticsearch:8.19.21 has a digest of zeros', /^npm run promote -- production$/),
    );
    expect(cluster.asked).toEqual([]);
  });

  test('of staging that nobody has published is pinned first', async () => {
    expect(await foundBefore('image web', {}, environments.staging)).toEqual(
      bad('web:.* has a digest of zeros', /^npm run pin -- staging web$/),
    );
  });

  test('of an environment without images of its own is pinned for the one whose images it runs', async () => {
    const environment = environments.staging;
    const name = 'training' as EnvironmentName;
    const patient = { cluster: clusterBefore(), environment, name, now: new Date() };
    const checks = checksBefore(environment, openProbe(patient.cluster, environment));
    expect(await examineOnly('image web', patient, checks)).toEqual(
      bad('web:.* has a digest of zeros', /^npm run pin -- staging web$/),
    );
  });

  test('that no pod runs has no check', async () => {
    await expect(foundBefore('image nginx', {}, { ...dev, application: small })).rejects.toThrow(
      'no check "image nginx"',
    );
  });
});

describe("a program's image", () => {
  const { flower } = application.programs;
  const withImage = (image: PinnedImage) =>
    ({
      ...published,
      application: { ...application, programs: { flower: { ...flower, image } } },
    }) as AnyEnvironment;
  const flowerIn = (state: object) =>
    foundBefore(
      'image flower',
      { [inProbe]: items(probePod('image-flower', state)) },
      withImage(`flower:2@sha256:${'1'.repeat(64)}`),
    );

  test('that a node runs', async () => {
    expect(await flowerIn(ended(0))).toEqual({ level: 'good', detail: 'a runs flower:2' });
  });

  test.each([
    { waiting: { reason: 'RunContainerError', message: missing } },
    { terminated: { exitCode: 128, reason: 'StartError', message: missing } },
  ])('that a node has, and that lacks the program that is tried', async (state) => {
    expect(await flowerIn(state)).toEqual({ level: 'good', detail: 'a has flower:2' });
  });

  test('that no node gets', async () => {
    expect(await flowerIn({ waiting: { reason: 'ErrImagePull', message: 'not found' } })).toEqual(
      bad('no node gets it: .*not found', /docker buildx imagetools inspect flower:2@sha256:1+ /),
    );
  });

  test('that nobody has pinned', async () => {
    expect(await foundBefore('image flower', {}, withImage(flower.image))).toEqual(
      bad('flower:2.2.0 has a digest of zeros', /^write its digest into programs.flower.image in /),
    );
  });
});

describe('a pull secret', () => {
  const environment = { ...published, cluster: { imagePullSecret: 'registry' } };
  const secret = { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'e30=' } };
  const question = 'get secret registry --namespace coped-production';

  test('is used by the pods that try the images', async () => {
    const cluster = clusterBefore({
      [question]: JSON.stringify(secret),
      'get secrets': items({ metadata: { name: 'registry' }, ...secret }),
    });
    expect(await found('pull secret', cluster, openProbe(cluster, environment), environment)).toEqual({
      level: 'good',
      detail: 'coped-production has registry of type kubernetes.io/dockerconfigjson',
    });
    await found('image web', cluster, openProbe(cluster, environment), environment);
    expect(cluster.applied()).toMatchObject([
      { kind: 'Namespace' },
      { kind: 'ServiceAccount', imagePullSecrets: [{ name: 'registry' }] },
      { kind: 'Secret', metadata: { name: 'registry' }, ...secret },
      { kind: 'Pod', spec: { serviceAccountName: 'probe' } },
    ]);
  });

  test('is not there', async () => {
    expect(await foundBefore('pull secret', {}, environment)).toEqual(
      bad(
        "coped-production has no Secret of type kubernetes.io/dockerconfigjson; the file says 'registry'",
        'kubectl --context test create secret docker-registry registry',
      ),
    );
  });
});

describe('Pod Security', () => {
  const dryRun = (answer: Answers[string]): Answers => ({ 'create --dry-run=server': answer });
  const labelled = (level?: string): Answers => ({
    'get namespace coped-production': JSON.stringify({
      metadata: { labels: level === undefined ? {} : { 'pod-security.kubernetes.io/enforce': level } },
    }),
  });

  test('refuses, in the namespace of the environment', async () => {
    expect(await foundBefore('Pod Security')).toEqual({
      level: 'good',
      detail: 'coped-production refuses a privileged pod',
    });
  });

  test('refuses, in that of the probe if there is no other', async () => {
    const cluster = clusterBefore({ 'get namespace coped-production': '' });
    const finding = await found('Pod Security', cluster, openProbe(cluster, published));
    expect(finding).toMatchObject({
      level: 'good',
      detail: expect.stringMatching(/^coped-before-\w{8} refuses/),
    });
    expect(cluster.names()).toContain('ServiceAccount probe');
  });

  test('is off, or exempts the namespace', async () => {
    expect(await foundBefore('Pod Security', dryRun(''))).toEqual(
      bad('takes a privileged pod although its label says restricted', 'exemptions'),
    );
  });

  test.each([
    [undefined, 'enforces no level'],
    ['privileged', 'enforces the level privileged'],
  ])('is not asked for by the label %s', async (level, detail) => {
    expect(await foundBefore('Pod Security', { ...labelled(level), ...dryRun('') })).toEqual(
      bad(`coped-production ${detail}`, 'kubectl --context test apply -f dist/production/00-namespace.yaml'),
    );
  });

  test('is asked for by whoever made the namespace', async () => {
    const environment = { ...published, cluster: { createsNamespace: false } } as const;
    expect(await foundBefore('Pod Security', { ...labelled(), ...dryRun('') }, environment)).toEqual(
      bad('enforces no level', '^ask who made the namespace'),
    );
  });

  test('enforces less than restricted', async () => {
    const refusal = await failed(
      'Error from server (Forbidden): violates PodSecurity "baseline:latest": privileged',
    );
    expect(await foundBefore('Pod Security', { ...labelled('baseline'), ...dryRun(refusal) })).toEqual(
      bad('enforces the level baseline, expected restricted', '00-namespace.yaml'),
    );
  });

  test('is not what refuses', async () => {
    const refusal = await failed(
      'Error from server: error when creating "STDIN": admission webhook denied it',
    );
    expect(await foundBefore('Pod Security', dryRun(refusal))).toEqual(
      warning('something else than Pod Security admission: admission webhook denied it', 'ask who runs'),
    );
  });

  test('cannot be asked', async () => {
    const refusal = await failed('Unable to connect to the server');
    expect(await foundBefore('Pod Security', dryRun(refusal))).toEqual(
      bad('could not be asked: Unable to connect', 'look again'),
    );
  });
});

describe('pods admitted', () => {
  const found = async (stderr: string) =>
    foundBefore('pods admitted', { 'create --dry-run=server': await failed(stderr) });

  test('all', async () => {
    const pods: string[] = [];
    const dryRun = (input: string) => {
      for (const { metadata, spec } of JSON.parse(input).items)
        pods.push(`${metadata.name} as ${spec.serviceAccountName}`);
      return '';
    };
    expect(await foundBefore('pods admitted', { 'create --dry-run=server': dryRun })).toEqual({
      level: 'good',
      detail: `the API server takes the pods of all ${pods.length} workloads and Jobs`,
    });
    expect(pods).toContain('before-postgres-0 as default');
    expect(pods).not.toContain('before-postgres-1 as default');
    expect(pods).toContain('before-postgres-backup-full as default');
  });

  test('not by a LimitRange', async () => {
    const line =
      'Error from server (Forbidden): error when creating "STDIN": pods "before-web-0" is forbidden: maximum memory usage';
    expect(await found(`Warning: something\n${line}\n`)).toEqual(
      bad(
        /^the API server refuses: pods "before-web-0" is forbidden: maximum memory usage$/,
        'get limitranges',
      ),
    );
  });

  test('not as an object', async () => {
    expect(await found('The Pod "before-web-0" is invalid: spec: too new')).toEqual(
      bad('The Pod "before-web-0" is invalid', 'get limitranges'),
    );
  });

  test('what exceeds a quota is looked at elsewhere', async () => {
    expect(
      await found('Error from server (Forbidden): pods "before-web-0" is forbidden: exceeded quota: team'),
    ).toMatchObject({ level: 'good' });
  });
});

describe('NetworkPolicies', () => {
  test('are enforced', async () => {
    const cluster = clusterBefore();
    expect(await found('NetworkPolicies', cluster, openProbe(cluster, published))).toEqual({
      level: 'good',
      detail: 'they are enforced for what a pod receives, and for what it opens',
    });
    expect(cluster.names()).toEqual([
      expect.stringMatching('Namespace coped-before-'),
      'ServiceAccount probe',
      'Pod server',
      'Pod client',
      'NetworkPolicy server',
      'NetworkPolicy client',
    ]);
  });

  test.each([
    ['at all', { '10.0.0.9 808': 'open' }],
    ['for what a pod receives', { '10.0.0.9 8080': 'open' }],
    ['for what a pod opens', { '10.0.0.9 8081': 'open' }],
  ])('are not enforced %s', async (what, answers) => {
    noPatience();
    expect(await foundBefore('NetworkPolicies', answers)).toEqual(
      bad(`they are not enforced ${what}: whoever`, 'Calico or Cilium'),
    );
  });

  test('are not what closes a port, if the other one is closed too', async () => {
    noPatience();
    let tries = 0;
    const answers = {
      '10.0.0.9 808': () => {
        tries += 1;
        return tries <= 2 ? 'open' : 'timed out';
      },
    };
    expect(await foundBefore('NetworkPolicies', answers)).toEqual(bad('for what a pod receives', 'Calico'));
  });

  test('are not there yet, and still pods do not reach each other', async () => {
    noPatience();
    expect(await foundBefore('NetworkPolicies', { '10.0.0.9 808': 'No route to host' })).toEqual(
      bad('two pods do not reach each other, though no policy is there: No route to host', 'ask who runs'),
    );
  });

  test('are not tried with an image that is not published', async () => {
    expect(await foundBefore('NetworkPolicies', {}, environments.production)).toEqual(
      bad('the image of Postgres, with which it is tried, is not pinned', 'look again'),
    );
  });

  test('are not tried by pods that do not run', async () => {
    const pods = ['server', 'client'].map((name) =>
      probePod(name, { waiting: { reason: 'ErrImagePull', message: 'not found' } }),
    );
    expect(await foundBefore('NetworkPolicies', { [inProbe]: items(...pods) })).toEqual(
      bad('a pod with which it is tried does not run: server, .*ErrImagePull: not found', 'look again'),
    );
  });
});

describe('what a pod opens', () => {
  test('is what the environment allows, for its uploads too', async () => {
    const environment = { ...published, application: { ...small, media: mediaInBucket } };
    let policy = '';
    const cluster = clusterBefore();
    const watched = {
      ...cluster,
      kubectl: ((arguments_, options) => {
        const input = `${options?.input ?? ''}`;
        if (input.includes('"policyTypes":["Egress"]')) policy = input;
        return cluster.kubectl(arguments_, options);
      }) satisfies typeof cluster.kubectl,
    };
    await found('NetworkPolicies', watched, openProbe(watched, environment), environment);
    const [{ spec }] = JSON.parse(policy).items;
    const kubeDns = { podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } };
    expect(spec.egress).toEqual([
      { to: [expect.objectContaining(kubeDns)], ports: [{ port: 53, protocol: 'UDP' }] },
      { to: [expect.objectContaining(kubeDns)], ports: [{ port: 53, protocol: 'TCP' }] },
      {
        to: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].map((cidr) => ({ ipBlock: { cidr } })),
        ports: [{ port: 6443, protocol: 'TCP' }],
      },
      { to: [{ ipBlock: { cidr: '0.0.0.0/0' } }], ports: [{ port: 443, protocol: 'TCP' }] },
      { to: [{ ipBlock: { cidr: '198.51.100.0/24' } }], ports: [{ port: 443, protocol: 'TCP' }] },
    ]);
  });

  test('the Kubernetes API is where Cilium knows it', async () => {
    const environment: AnyEnvironment = {
      ...published,
      cluster: { kubernetesApi: { policy: 'cilium', port: 443 } },
    };
    const cluster = clusterBefore();
    await found('NetworkPolicies', cluster, openProbe(cluster, environment), environment);
    expect(cluster.applied()).toContainEqual({
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumNetworkPolicy',
      metadata: { name: 'client' },
      spec: {
        endpointSelector: { matchLabels: { 'app.kubernetes.io/name': 'client' } },
        egress: [
          { toEntities: ['kube-apiserver'], toPorts: [{ ports: [{ port: '443', protocol: 'TCP' }] }] },
        ],
      },
    });
  });

  test('names', async () => {
    expect(await foundBefore('pod → cluster DNS')).toEqual({
      level: 'good',
      detail: 'a pod finds Services by name, in the domain cluster.local',
    });
    noPatience();
    expect(await foundBefore('pod → cluster DNS', { 'resolve kubernetes.default.svc': 'no answer' })).toEqual(
      bad(
        'does not find kubernetes.default.svc by its name: no answer',
        'cluster.dns of environments/production.ts has to name',
      ),
    );
    expect(await foundBefore('pod → cluster DNS', { 'cluster.local.': 'not known' })).toEqual(
      bad('domain is not cluster.local.*: not known', 'environments/production.ts, cluster.domain'),
    );
  });

  test('the API server', async () => {
    expect(await foundBefore('pod → Kubernetes API')).toEqual({ level: 'good', detail: 'a pod reaches it' });
    noPatience();
    expect(await foundBefore('pod → Kubernetes API', { 'connect 10.96.0.1 443': 'timed out' })).toEqual(
      bad(
        'a pod does not reach it at 10.96.0.1: timed out',
        'environments/production.ts, cluster.kubernetesApi',
      ),
    );
  });

  test('the object store', async () => {
    expect(await foundBefore('pod → object store')).toEqual({
      level: 'good',
      detail: 'a pod reaches s3.example.org:443 by TLS',
    });
    noPatience();
    expect(await foundBefore('pod → object store', { 'tls s3.example.org 443': 'expired' })).toEqual(
      bad(
        'a pod does not reach s3.example.org:443 by TLS.*: expired',
        'environments/production.ts, backups.objectStore',
      ),
    );
    await expect(foundBefore('pod → object store', {}, dev)).rejects.toThrow('no check "pod → object store"');
  });

  test('the object store of the uploads, if they are in a bucket', async () => {
    const { host, ...rest } = mediaInBucket.bucket.production;
    const withBucket = (store: Partial<ObjectStore>): AnyEnvironment => {
      const production = { host, ...rest, ...store };
      const media = { ...mediaInBucket, bucket: { ...mediaInBucket.bucket, production } };
      return { ...published, application: { ...small, media } };
    };
    const title = 'pod → uploads';
    expect(await foundBefore(title, {}, withBucket({}))).toMatchObject({ level: 'good' });
    expect(await foundBefore(title, { 'get configmap own': '' }, withBucket({ caConfigMap: 'own' }))).toEqual(
      bad('there is no ConfigMap own .*: nobody uploads a file', 'create configmap own'),
    );
    noPatience();
    expect(await foundBefore(title, { [`tls ${host} 443`]: 'refused' }, withBucket({}))).toEqual(
      bad(
        `a pod does not reach ${host}:443 by TLS, so nobody uploads a file: refused`,
        'environments/application.ts, media.bucket.production: host',
      ),
    );
    await expect(foundBefore(title)).rejects.toThrow('no check "pod → uploads"');
  });

  test('the object store, with an authority of its own', async () => {
    const { backups } = environments.production;
    const objectStore = { ...backups.objectStore, caConfigMap: 'store-ca' };
    const environment = { ...published, backups: { ...backups, objectStore } } as AnyEnvironment;
    const given: string[] = [];
    const answers: Answers = {
      'get configmap store-ca': JSON.stringify({ data: { 'ca.crt': 'PEM' } }),
      'tls s3.example.org 443': (input) => {
        given.push(input);
        return 'open';
      },
    };
    expect(await foundBefore('pod → object store', answers, environment)).toMatchObject({ level: 'good' });
    expect(given).toEqual(['PEM']);
    expect(await foundBefore('pod → object store', { 'get configmap store-ca': '' }, environment)).toEqual(
      bad('there is no ConfigMap store-ca', 'create configmap store-ca --from-file=ca.crt'),
    );
  });
});
