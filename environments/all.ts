import { dev } from './dev.ts';
import type { Environment, EnvironmentName } from './environment.ts';
import { production } from './production.ts';
import { staging } from './staging.ts';

/** Every environment, by its name. */
export const environments = { dev, staging, production } satisfies {
  [Name in EnvironmentName]: Extract<Environment, { name: Name }>;
};
