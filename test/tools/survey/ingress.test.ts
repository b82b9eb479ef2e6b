import { expect, test } from '@jest/globals';
import type { Place } from '../../../environments/cluster.ts';
import type { AnyEnvironment, NonEmpty } from '../../../environments/environment.ts';
import { production } from '../../../environments/production.ts';
import { ingressClass, ingressController } from '../../../tools/survey/ingress.ts';
import { answerTo, type Question } from '../../../tools/survey/question.ts';
import {
  type Answers,
  ingressClass as classOf,
  clusterBefore,
  groups,
  items,
  pod,
  published,
  traefikPod,
} from '../../lib/before.ts';
import { forbidden } from '../../lib/clusters.ts';

/** What the cluster says to a question, if the file has these places. */
function ask(question: Question, answers: Answers = {}, from: NonEmpty<Place> = [{ namespace: 'traefik' }]) {
  const environment = { ...published, address: { ...production.address, from } } as AnyEnvironment;
  return answerTo(question, clusterBefore(answers), environment);
}

const isDefault = { 'ingressclass.kubernetes.io/is-default-class': 'true' };
const classes = (...all: object[]) => ({ 'get ingressclasses': items(...all) });

test.each<[string, object[], string]>([
  [
    'that the file names',
    [classOf('nginx', 'k8s.io/ingress-nginx', isDefault), classOf('traefik', 'a')],
    'traefik',
  ],
  [
    'that is the default',
    [classOf('kong', 'ingress-controllers.konghq.com/kong'), classOf('b', 'b', isDefault)],
    'b',
  ],
  ['whose controller is known', [classOf('a', 'a'), classOf('nginx', 'k8s.io/ingress-nginx')], 'nginx'],
  ['that there is', [classOf('a', 'a')], 'a'],
])('the class is one %s', async (_, all, value) => {
  expect(await ask(ingressClass, classes(...all))).toMatchObject({ value, fits: value === 'traefik' });
});

test('classes of Gateways are said too', async () => {
  const answers = {
    'get --raw /apis': groups('gateway.networking.k8s.io'),
    'get gatewayclasses': items({ metadata: { name: 'public' } }),
  };
  expect(await ask(ingressClass, answers)).toMatchObject({
    how: expect.stringContaining('for a Gateway: public'),
  });
  expect(await ask(ingressClass, { ...answers, ...classes() })).toMatchObject({
    why: 'there is no IngressClass; GatewayClasses: public',
    isLacking: true,
  });
  const unseen = { ...answers, 'get gatewayclasses': () => forbidden('gatewayclasses') };
  expect(await ask(ingressClass, unseen)).toMatchObject({
    how: 'there are: traefik (traefik.io/ingress-controller)',
  });
});

test.each([
  ['haproxy-ingress.github.io/controller', 'quay.io/jcmoraisjr/haproxy-ingress:v0.14'],
  ['haproxy.org/ingress-controller', 'docker.io/haproxytech/kubernetes-ingress:3.0'],
  ['ingress-controllers.konghq.com/kong', 'kong:3.8'],
  ['k8s.io/ingress-nginx', 'registry.k8s.io/ingress-nginx/controller:v1.11.3@sha256:1'],
  ['k8s.io/ingress-nginx', 'rancher/nginx-ingress-controller:v1.10.5-hardened4'],
  ['nginx.org/ingress-controller', 'nginx/nginx-ingress:3.7'],
  ['traefik.io/ingress-controller', 'registry.example.org/mirror/traefik@sha256:1'],
])('the pods of %s run %s', async (controller, image) => {
  const own = traefikPod({ containers: [{ name: 'a', image }] }, 'ingress');
  const other = traefikPod({ containers: [{ name: 'a', image: 'docker.io/traefik/whoami:v1' }] }, 'other');
  const answers = {
    ...classes(classOf('traefik', controller)),
    'get pods --all-namespaces': items(other, own),
  };
  expect(await ask(ingressController, answers)).toMatchObject({
    value: [{ namespace: 'ingress', labels: { 'app.kubernetes.io/name': 'traefik' } }],
    fits: false,
    unseen: [],
  });
});

test('labels that only some pods have are left out', async () => {
  const labelled = (name: string, component: string) =>
    pod(
      name,
      { namespace: 'traefik', labels: { app: 'traefik', 'app.kubernetes.io/component': component } },
      { containers: [{ name: 'a', image: 'traefik:v3' }] },
    );
  const answers = { 'get pods --all-namespaces': items(labelled('a', 'one'), labelled('b', 'two')) };
  expect(await ask(ingressController, answers)).toMatchObject({
    value: [{ namespace: 'traefik', labels: { app: 'traefik' } }],
    fits: true,
  });
});

test('a pod in the network of its node is known by the address of the node', async () => {
  const answers: Answers = {
    'get pods --all-namespaces': items(traefikPod({ hostNetwork: true, nodeName: 'a' })),
    'get nodes': items({
      metadata: { name: 'a' },
      status: {
        addresses: [
          { type: 'InternalIP', address: '192.0.2.7' },
          { type: 'Hostname', address: 'a' },
        ],
      },
    }),
  };
  expect(await ask(ingressController, answers)).toMatchObject({
    value: [{ cidrs: ['192.0.2.7/32'] }],
    fits: false,
    unseen: [{ why: 'nodes that join later have other addresses' }],
  });
  const nodes = [{ cidrs: ['192.0.2.0/24'] }] as const;
  expect(await ask(ingressController, answers, nodes)).toMatchObject({ fits: true });
});

test('of a controller that is not known, the places of the file are looked at', async () => {
  const unknown = classes(classOf('traefik', 'example.org/own'));
  expect(await ask(ingressController, unknown)).toMatchObject({
    value: [{ namespace: 'traefik' }],
    fits: true,
    unseen: [{ why: 'example.org/own is not a controller that is known here' }],
  });
  expect(await ask(ingressController, unknown, [{ namespace: 'nowhere' }])).toMatchObject({
    why: expect.stringContaining('none of 0 pods of the namespace that the file says is ready'),
  });
  const inNode = { ...Object(traefikPod({ hostNetwork: true })) };
  const answers = {
    ...unknown,
    'get pods --all-namespaces': items({
      ...inNode,
      status: { ...inNode.status, podIPs: [{ ip: '192.0.2.7' }] },
    }),
    'get nodes': () => forbidden('nodes'),
  };
  expect(await ask(ingressController, answers)).toMatchObject({
    value: [{ cidrs: ['192.0.2.7/32'] }],
    fits: false,
  });
});

test('who connects from outside of the cluster cannot be seen', async () => {
  const outside = classes(classOf('traefik', 'ingress.k8s.aws/alb'));
  expect(await ask(ingressController, outside)).toMatchObject({
    why: expect.stringContaining('load balancer outside the cluster'),
    isLacking: false,
  });
  const ranges = [{ cidrs: ['10.0.0.0/16'] }] as const;
  expect(await ask(ingressController, outside, ranges)).toMatchObject({ value: ranges, fits: true });
});
