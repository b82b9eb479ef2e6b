import type { Relay } from './contract.ts';
import type { AnyEnvironment } from './environment.ts';

/**
 * Who passes the mail of an environment on: a relay; or nobody, because it is caught. dev's always is. A trial on the local
 * cluster reaches no relay, so it needs no login either.
 *
 * @returns undefined when the application sends no mail
 */
export function relayOf({
  kind,
  address,
  application: { mail },
}: AnyEnvironment): Relay | 'caught' | undefined {
  const relay = mail && (kind === 'dev' ? 'caught' : mail[kind]);
  if (!relay || relay === 'caught' || address.kind !== 'local') return relay;
  return { ...relay, login: false };
}
