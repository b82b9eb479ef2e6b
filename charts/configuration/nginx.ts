import type { Application } from '../../environments/contract.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { hasMediaVolume } from '../../environments/media.ts';
import type { Routed } from '../lib/routes.ts';
import type { Workload } from '../lib/workload.ts';

/** The limits of an application; docker/nginx/nginx.conf has those that it does not say. */
export function limitsOf({
  largestRequestMebibytes = 10,
  slowestPageSeconds = 60,
}: Application): Record<'largestRequestMebibytes' | 'slowestPageSeconds', number> {
  return { largestRequestMebibytes, slowestPageSeconds };
}

/** Folder of the files below, as nginx.conf and run-nginx know it. */
export const routesPath = '/etc/coped-nginx';

/**
 * What nginx is told of the programs that share the site: the Services whose addresses run-nginx follows, and a location
 * for each. What every location has in common is in docker/nginx/nginx.conf. It is also told the application's own limits,
 * and serves uploads on a volume as docker/nginx/media.conf says. Where TLS has ended before the controller, that may
 * write X-Forwarded-Proto anew, and Django would redirect to HTTPS without end.
 *
 * @see https://nginx.org/en/docs/http/ngx_http_core_module.html#location
 */
export function routesConfiguration(
  environment: AnyEnvironment,
  web: Workload<string, 'http'>,
  routes: readonly Routed[],
): Record<string, string> {
  const { address, debug } = environment;
  const { largestRequestMebibytes, slowestPageSeconds }: Application = environment.application;
  const services = [
    `${web.name} ${web.ports.http}`,
    ...routes.map(({ workload, port }) => `${workload.name} ${port}`),
  ];
  const locations = [
    ...(tlsHasEnded(address) ? ['set $forwarded_proto https;'] : []),
    // The development server has the static files. A regular expression is stronger than the location of the files.
    ...(debug ? [`location ~ ^/static/ { proxy_pass http://${web.name}; }`] : []),
    ...(largestRequestMebibytes === undefined ? [] : [`client_max_body_size ${largestRequestMebibytes}m;`]),
    ...(slowestPageSeconds === undefined ? [] : [`proxy_read_timeout ${slowestPageSeconds}s;`]),
    ...(hasMediaVolume(environment) ? ['include media.conf;'] : []),
    ...routes.map(
      ({ path, workload, stripped }) =>
        `location ${path} { proxy_pass http://${workload.name}${stripped ? '/' : ''}; }`,
    ),
  ];
  return { services: lines(services), 'locations.conf': lines(locations) };
}

/** Whether requests come by HTTP that visitors have sent by HTTPS. */
export function tlsHasEnded(address: AnyEnvironment['address']): boolean {
  return address.kind !== 'local' && address.tls === 'ended-before';
}

const lines = (all: readonly string[]) => all.map((line) => `${line}\n`).join('');
