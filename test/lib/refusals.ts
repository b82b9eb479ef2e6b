import { expect } from '@jest/globals';
import { environments } from '../../environments/all.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { validate } from '../../environments/validate.ts';

const { staging } = environments;

/** A copy of an environment in which one value is another one, whatever the type says. */
export function changed(environment: AnyEnvironment, path: string, value: unknown): AnyEnvironment {
  const copy: AnyEnvironment = structuredClone(environment);
  const names = path.split('.');
  const last = names.pop() ?? '';
  const inner = names.reduce<object>((object, name) => Reflect.get(object, name), copy);
  expect(Object.keys(inner)).toContain(last);
  Reflect.set(inner, last, value);
  return copy;
}

/** As messages show a value. */
export const shown = (value: unknown) => (typeof value === 'number' ? `${value}` : JSON.stringify(value));

/** The problems of an environment, as if it were staging. */
export const problems = (environment: AnyEnvironment) => validate({ staging: environment });
/** The problems of staging with one other value. */
export const problemsWith = (path: string, value: unknown) => problems(changed(staging, path, value));

/** What messages say is allowed. */
export const count = 'a whole number, at least 1';
export const port = 'a port, 1 to 65535';
export const name = 'the name of a Kubernetes object: a-z, 0-9, - and . (RFC 1123)';
export const namespace = 'the name of a namespace: a-z, 0-9 and -, at most 63 (RFC 1123)';
export const host = 'a host name (RFC 1123) in lower case, such as coped.example.org';
export const ranges = 'address ranges such as 10.0.0.0/8 or fd00::/8, at least one';
export const places =
  'at least one place: { namespace, labels } of pods, with at least one label unless every pod of the namespace is meant, or { cidrs } of less than all addresses';
