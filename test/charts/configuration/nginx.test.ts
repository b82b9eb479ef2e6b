import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { routesConfiguration } from '../../../charts/configuration/nginx.ts';
import type { Routed } from '../../../charts/lib/routes.ts';
import { redis } from '../../../charts/workloads/redis.ts';
import { web } from '../../../charts/workloads/web.ts';
import { dev } from '../../../environments/dev.ts';
import { production } from '../../../environments/production.ts';
import { root } from '../../../tools/terminal/programs.ts';
import { small } from '../../lib/applications.ts';
import { application } from '../../second-application/application.ts';

const file = (name: string) => readFileSync(join(root, 'docker/nginx', name), 'utf8');

const routes: Routed[] = [
  { workload: { ...redis, name: 'charts' }, path: '/charts/', port: 3000, stripped: true },
  { workload: { ...redis, name: 'mail-catcher' }, path: '/dev/mail/', port: 1080 },
];

test('run-nginx follows the address of web and of each program, and nginx has a location for each', () => {
  expect(routesConfiguration({ ...production, application: small }, web, routes)).toEqual({
    services: 'web 8000\ncharts 3000\nmail-catcher 1080\n',
    'locations.conf':
      'location /charts/ { proxy_pass http://charts/; }\n' +
      'location /dev/mail/ { proxy_pass http://mail-catcher; }\n',
  });
});

test('an application that takes uploads says how large a request may be, and nginx serves them', () => {
  const { media } = application;
  const withUploads = { ...production, application: { ...small, media } };
  expect(routesConfiguration(withUploads, web, [])).toEqual({
    services: 'web 8000\n',
    'locations.conf': `client_max_body_size ${media.largestMebibytes}m;\ninclude media.conf;\n`,
  });
  expect(`${media.largestMebibytes}m`).not.toBe(/client_max_body_size (\w+);/.exec(file('nginx.conf'))?.[1]);
});

test('no upload has a type that a browser runs', () => {
  const types = /types \{(.*?)\}/s.exec(file('media.conf'))?.[1] ?? '';
  const names = [...types.matchAll(/^ +(\S+\/\S+) /gm)].map(([, type]) => type);
  expect(names).toContain('image/png');
  expect(names.filter((type) => !/^((image|audio|video)\/[\w+]+|text\/plain)$/.test(type ?? ''))).toEqual([]);
  expect(file('media.conf')).toContain('default_type application/octet-stream;');
});

test('in dev the static files come from the development server', () => {
  expect(routesConfiguration(dev, web, routes)['locations.conf']).toMatch(
    /^location ~ \^\/static\/ \{ proxy_pass http:\/\/web; \}\n/,
  );
});
