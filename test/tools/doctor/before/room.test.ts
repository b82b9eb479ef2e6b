import { describe, expect, test } from '@jest/globals';
import { dev } from '../../../../environments/dev.ts';
import { requestsOf } from '../../../../tools/cluster/requests.ts';
import { small } from '../../../lib/applications.ts';
import { foundBefore, items, node, pod } from '../../../lib/before.ts';
import { bad, warning } from '../../../lib/doctor.ts';
import { application as secondApplication } from '../../../second-application/application.ts';

/** A pod that requests so much on a node. */
const on = (nodeName: string, cpu: string, memory: string, metadata = {}) =>
  pod('other', metadata, { nodeName, containers: [container(cpu, memory)] });

const container = (cpu: string, memory: string) => ({ name: 'x', resources: { requests: { cpu, memory } } });

const found = (nodes: object[], ...pods: object[]) =>
  foundBefore('room', { 'get nodes': items(...nodes), 'get pods --all-namespaces': items(...pods) });

// Production's servers: three of Postgres with 1216 MiB, three of Elasticsearch with 1536, two of web with 512, two of
// nginx with 64; in all 9408 MiB and 755 thousandths of a core.
describe('room', () => {
  test('on three nodes', async () => {
    expect(await found([node('a', '1', '4Gi'), node('b', '1', '4Gi'), node('c', '1', '4Gi')])).toEqual({
      level: 'good',
      detail: 'its servers request 0.76 cores, 9.2 GiB, and 3 nodes have 3.00 cores, 12.0 GiB free',
    });
  });

  test('too little memory on all of them together', async () => {
    expect(await found([node('a', '2', '4Gi'), node('b', '2', '4Gi')])).toEqual(
      bad(
        /^its servers request 0.76 cores, 9.2 GiB, and 2 nodes have 4.00 cores, 8.0 GiB free: none has room for postgres-2 \(0.09 cores, 1.2 GiB\)/,
        /kubectl --context test describe nodes.*environments\/production.ts/,
      ),
    );
  });

  test('too little CPU', async () => {
    expect(await found([node('a', '750m', '32Gi')])).toEqual(
      bad('none has room for', 'kubectl --context test describe nodes'),
    );
  });

  test('enough in all, but on no single node', async () => {
    const small = Array.from({ length: 20 }, (_, index) => node(`${index}`, '1', '1250Mi'));
    expect(await found(small)).toEqual(
      bad(
        /none has room for elasticsearch-0 [^,]*, [^,]*, elasticsearch-1 .* elasticsearch-2 [^,]*, [^,]*$/,
        'add a node',
      ),
    );
  });

  test('too few places for pods', async () => {
    const full = node('a', '8', '32Gi') as { status: { allocatable: object } };
    full.status.allocatable = { ...full.status.allocatable, pods: '9' };
    expect(await found([full])).toEqual(bad('none has room for nginx-1', 'add a node'));
  });

  test('what others request counts; what has ended, and what the environment runs itself, does not', async () => {
    const one = [node('a', '8', '12Gi')];
    const failed = { ...on('a', '1', '8Gi'), status: { phase: 'Failed' } };
    const own = on('a', '1', '8Gi', { namespace: 'coped-production' });
    expect(await found(one, failed, own, on('b', '1', '8Gi'))).toMatchObject({ level: 'good' });
    expect(await found(one, on('a', '1', '8Gi'))).toEqual(
      bad('have 7.00 cores, 4.0 GiB free', 'kubectl --context test describe'),
    );
  });

  test.each([
    ['cordoned', { unschedulable: true }],
    ['tainted', { taints: [{ key: 'x', effect: 'NoSchedule' }] }],
    ['drained by a taint', { taints: [{ key: 'x', effect: 'NoExecute' }] }],
  ])('a node that is %s', async (_, spec) => {
    expect(await found([node('a', '8', '32Gi', spec)])).toEqual(
      bad('no node takes pods', /^kubectl --context test describe nodes$/),
    );
  });

  test('a node that is not ready does not count, one whose taint only advises does', async () => {
    const advice = { taints: [{ key: 'x', effect: 'PreferNoSchedule' }] };
    const unready = node('b', '8', '32Gi') as { status: { conditions: object[] } };
    unready.status.conditions = [{ type: 'Ready', status: 'False' }];
    expect(await found([unready])).toMatchObject({ level: 'bad' });
    expect(await found([node('a', '8', '32Gi', advice), unready])).toMatchObject({ level: 'good' });
  });

  test('enough for the servers, but not for the Jobs beside them', async () => {
    expect(await found([node('a', '8', '9800Mi')])).toEqual(
      warning(
        /^beside the servers no node has room for postgres-restore-test [^,]*, [^,]*, postgres-restore [^,]*, [^,]*, which would wait/,
        'add a node',
      ),
    );
  });
});

describe('what a pod requests', () => {
  test('is the sum of its containers, and of init containers that go on running, and its overhead', () => {
    const sidecar = { ...container('100m', '64Mi'), restartPolicy: 'Always' };
    const pod = {
      containers: [container('100m', '1Gi'), container('1', '512M')],
      initContainers: [sidecar],
      overhead: { cpu: '250m', memory: '128974848' },
    };
    expect(requestsOf(pod)).toEqual({ cpuMillicores: 1450, memoryMebibytes: 1699, pods: 1 });
  });

  test('or the largest init container, if that is more', () => {
    const pod = {
      containers: [container('100m', '1Gi')],
      initContainers: [container('0.5', '64Mi'), container('20m', '2Gi')],
    };
    expect(requestsOf(pod)).toEqual({ cpuMillicores: 500, memoryMebibytes: 2048, pods: 1 });
    expect(requestsOf({ containers: [{ name: 'x' }] })).toEqual({
      cpuMillicores: 0,
      memoryMebibytes: 0,
      pods: 1,
    });
  });

  test('a quantity that is none is said', async () => {
    expect(await found([node('a', 'much', '1Gi')])).toEqual(
      bad('a quantity of "much" is not understood', 'look again'),
    );
  });
});

describe('ResourceQuota', () => {
  const of = (hard: object, more = {}) =>
    foundBefore('ResourceQuota', {
      'get resourcequotas': items({ metadata: { name: 'team' }, spec: { hard, ...more } }),
    });

  test('none', async () => {
    expect(await foundBefore('ResourceQuota')).toEqual({ level: 'good', detail: 'none in the namespace' });
  });

  test.each([
    ['requests.cpu', '1', '800m', '0.83'],
    ['cpu', '1', '800m', '0.83'],
    ['requests.memory', '11Gi', '10Gi', '10.2Gi'],
    ['memory', '11Gi', '10Gi', '10.2Gi'],
    ['limits.memory', '11Gi', '10Gi', '10.2Gi'],
    ['pods', '11', '10', '11'],
    ['persistentvolumeclaims', '6', '5', '6'],
    ['requests.storage', '120Gi', '119Gi', '120.0Gi'],
  ])('%s: %s are enough, %s are not', async (key, enough, little, needed) => {
    expect(await of({ [key]: enough })).toEqual({ level: 'good', detail: 'the environment fits into it' });
    expect(await of({ [key]: little })).toEqual(
      bad(
        `^team allows ${little} of ${key}, ${needed} are needed: pods beyond it`,
        'environments/production.ts',
      ),
    );
  });

  test('what it says of other things, or of some pods only, is not compared', async () => {
    expect(await of({ 'count/secrets': '0' })).toMatchObject({ level: 'good' });
    expect(await of({ pods: '1' }, { scopes: ['BestEffort'] })).toMatchObject({ level: 'good' });
    expect(await of({ pods: '1' }, { scopeSelector: {} })).toMatchObject({ level: 'good' });
  });

  test.each([
    ['one volume of each, and that of the source', small, 3],
    ['that of Redis and that of the uploads too', secondApplication, 5],
  ])('dev has %s', async (_, application, count) => {
    const level = async (most: number) => {
      const hard = { persistentvolumeclaims: `${most}` };
      const quota = items({ metadata: { name: 'team' }, spec: { hard } });
      const answers = { 'get resourcequotas': quota };
      return (await foundBefore('ResourceQuota', answers, { ...dev, application })).level;
    };
    expect([await level(count), await level(count - 1)]).toEqual(['good', 'bad']);
  });
});
