import { dev } from './dev.ts';
import type { Environment } from './environment.ts';
import { production } from './production.ts';
import { staging } from './staging.ts';

/**
 * Every environment, by its name in commands and in dist/. Another environment of an existing kind is a file beside the
 * others, and a line here.
 */
export const environments = {
  dev,
  staging,
  production,
} as const satisfies Readonly<Record<string, Environment>>;

export type EnvironmentName = keyof typeof environments;

/** The folder with an environment's manifests: `kubectl apply -f dist/` does not read subfolders, so dev is dist/ itself. */
export function manifestsFolder(name: EnvironmentName, dist = 'dist'): string {
  return name === 'dev' ? dist : `${dist}/${name}`;
}
