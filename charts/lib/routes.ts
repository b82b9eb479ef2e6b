import type { AnyEnvironment } from '../../environments/environment.ts';
import { ImpossibleValue, problemWith, sitePath } from '../../environments/rules.ts';
import type { Route, Workload } from './workload.ts';

/** A workload with its part of the site. */
export interface Routed extends Route {
  readonly workload: Workload;
}

/**
 * The parts of the site that are other programs.
 *
 * @param workloads those of the environment
 * @throws ImpossibleValue when a path is impossible, or one is within another
 */
export function routesOf(environment: AnyEnvironment, workloads: readonly Workload[]): Routed[] {
  const routes = workloads.flatMap((workload) => {
    const route = workload.route?.(environment);
    return route ? [{ ...route, workload }] : [];
  });
  const problems = routes.flatMap(({ workload: { name }, path }, index) => [
    ...problemWith(`the route of ${name}`, path, sitePath),
    ...routes
      .filter((other, place) => place !== index && path.startsWith(other.path))
      .map(
        (other) =>
          `the route of ${name} is "${path}", expected another path than "${other.path}", the route of ${other.workload.name}, and none within it`,
      ),
  ]);
  if (problems.length > 0) throw new ImpossibleValue(problems.join('\n'));
  return routes;
}

/**
 * Whether nginx stands in front of the application's server: where that serves no static files, where it shares the site
 * with other programs, and where visitors upload files.
 *
 * @param workloads those of the environment, with nginx or without
 */
export function hasNginx(environment: AnyEnvironment, workloads: readonly Workload[]): boolean {
  const { debug, application } = environment;
  return !debug || application.media !== undefined || routesOf(environment, workloads).length > 0;
}
