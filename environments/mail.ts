import type { Relay } from './contract.ts';
import type { AnyEnvironment } from './environment.ts';

/**
 * Who passes the mail of an environment on: a relay; or nobody, because it is caught. dev's always is.
 *
 * @returns undefined when the application sends no mail
 */
export function relayOf({ kind, application: { mail } }: AnyEnvironment): Relay | 'caught' | undefined {
  return mail && (kind === 'dev' ? 'caught' : mail[kind]);
}
