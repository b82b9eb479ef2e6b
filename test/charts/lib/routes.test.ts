import { expect, test } from '@jest/globals';
import { hasNginx, routesOf } from '../../../charts/lib/routes.ts';
import type { Route, Workload } from '../../../charts/lib/workload.ts';
import { redis } from '../../../charts/workloads/redis.ts';
import { dev } from '../../../environments/dev.ts';
import { production } from '../../../environments/production.ts';
import { small } from '../../lib/applications.ts';
import { application as secondApplication } from '../../second-application/application.ts';

const program = (name: string, path: Route['path']): Workload => ({
  ...redis,
  name,
  route: () => ({ path, port: 3000 }),
});
const of = (...workloads: Workload[]) => routesOf(production, workloads);

test('a workload with a part of the site has a route', () => {
  const [charts, mail] = [program('charts', '/charts/'), program('mail', '/a/mail.2_x/')];
  expect(of(charts, redis, mail)).toEqual([
    { workload: charts, path: '/charts/', port: 3000 },
    { workload: mail, path: '/a/mail.2_x/', port: 3000 },
  ]);
});

test('a workload may have its part of the site in some environments only', () => {
  const inDev: Workload = {
    ...redis,
    route: ({ kind }) => (kind === 'dev' ? { path: '/a/', port: 1 } : undefined),
  };
  expect([of(inDev), routesOf(dev, [inDev])]).toEqual([[], [{ workload: inDev, path: '/a/', port: 1 }]]);
});

test.each([
  '//',
  '/a//',
  '/../',
  '/a/../',
  '/.x/',
  '/a b/',
  '/a;/',
  '/a',
  'a/',
  '/static/',
  '/static/x/',
  '/media/',
  '/livez/',
  '/readyz/',
] as const)('the path %s is refused', (path) => {
  expect(() => of(program('charts', path as Route['path']))).toThrow(
    `the route of charts is ${JSON.stringify(path)}, expected a path of the site such as /charts/, which begins and ends with /`,
  );
});

test('no two programs share a path, and none is within that of another', () => {
  expect(() => of(program('a', '/x/'), program('b', '/x/y/'))).toThrow(
    'the route of b is "/x/y/", expected another path than "/x/", the route of a, and none within it',
  );
  expect(() => of(program('a', '/x/'), program('b', '/x/'))).toThrow(/route of a is .*route of b is /s);
  expect(of(program('a', '/x/'), program('b', '/xy/'))).toHaveLength(2);
});

test('nginx is there where it serves static files or uploads, and where another program has a part of the site', () => {
  const charts = program('charts', '/charts/');
  const application = { ...small, media: secondApplication.media };
  expect(hasNginx({ ...dev, application }, [])).toBe(true);
  const without = { ...dev, application: small };
  expect([hasNginx(production, []), hasNginx(without, [redis]), hasNginx(without, [redis, charts])]).toEqual([
    true,
    false,
    true,
  ]);
});
