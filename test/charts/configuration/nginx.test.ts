import { expect, test } from '@jest/globals';
import { routesConfiguration } from '../../../charts/configuration/nginx.ts';
import type { Routed } from '../../../charts/lib/routes.ts';
import { redis } from '../../../charts/workloads/redis.ts';
import { web } from '../../../charts/workloads/web.ts';
import { dev } from '../../../environments/dev.ts';
import { production } from '../../../environments/production.ts';

const routes: Routed[] = [
  { workload: { ...redis, name: 'charts' }, path: '/charts/', port: 3000, stripped: true },
  { workload: { ...redis, name: 'mail-catcher' }, path: '/dev/mail/', port: 1080 },
];

test('run-nginx follows the address of web and of each program, and nginx has a location for each', () => {
  expect(routesConfiguration(production, web, routes)).toEqual({
    services: 'web 8000\ncharts 3000\nmail-catcher 1080\n',
    'locations.conf':
      'location /charts/ { proxy_pass http://charts/; }\n' +
      'location /dev/mail/ { proxy_pass http://mail-catcher; }\n',
  });
});

test('in dev the static files come from the development server', () => {
  expect(routesConfiguration(dev, web, routes)['locations.conf']).toMatch(
    /^location ~ \^\/static\/ \{ proxy_pass http:\/\/web; \}\n/,
  );
});
