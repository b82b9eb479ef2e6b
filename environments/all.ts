import { dev } from './dev.ts';
import type { Environment } from './environment.ts';
import { production } from './production.ts';
import { staging } from './staging.ts';

/**
 * Every environment, by the name that commands and folders of dist/ give it. Another one of a kind that exists is a file
 * beside the others and a line here.
 */
export const environments = {
  dev,
  staging,
  production,
} as const satisfies Readonly<Record<string, Environment>>;

export type EnvironmentName = keyof typeof environments;
