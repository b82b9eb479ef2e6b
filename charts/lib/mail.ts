import type { AnyEnvironment } from '../../environments/environment.ts';
import { relayOf } from '../../environments/mail.ts';
import { mailCatcher, smtpService } from '../workloads/mail-catcher.ts';
import { toReached } from './outside.ts';
import { type Outgoing, to, type Used } from './workload.ts';

/** How long Django waits for the relay, in seconds. It has no bound of its own, and a page may wait for it. */
const timeoutSeconds = 10;

/**
 * The settings of the application's mail, by Django's names. The catcher has no TLS: nothing leaves the environment.
 *
 * @see https://docs.djangoproject.com/en/stable/ref/settings/#email-host
 */
export function mailSettings(environment: AnyEnvironment): Used['settings'] {
  const relay = relayOf(environment);
  const { mail } = environment.application;
  if (!mail || !relay) return {};
  const { host, port, tls, login } =
    relay === 'caught'
      ? { host: smtpService, port: mailCatcher.ports.smtp, tls: undefined, login: false }
      : relay;
  return {
    EMAIL_HOST: host,
    EMAIL_PORT: `${port}`,
    EMAIL_USE_TLS: tls === 'starttls' ? '1' : '0',
    EMAIL_USE_SSL: tls === 'implicit' ? '1' : '0',
    EMAIL_TIMEOUT: `${timeoutSeconds}`,
    DEFAULT_FROM_EMAIL: mail.sender,
    ...(login && {
      EMAIL_HOST_USER: { credential: 'EMAIL_HOST_USER' },
      EMAIL_HOST_PASSWORD: { credential: 'EMAIL_HOST_PASSWORD' },
    }),
  };
}

/**
 * The connection by which the application sends mail. Its Jobs send none. A trial on the local cluster, with what may be
 * the addresses of real people, reaches no relay.
 */
export function toMail(environment: AnyEnvironment): Outgoing[] {
  const relay = relayOf(environment);
  if (!relay) return [];
  const why = 'the application sends mail';
  if (relay === 'caught') return [to(mailCatcher, 'smtp', why)];
  if (environment.address.kind === 'local') return [];
  const { port, cidrs } = relay;
  return toReached(environment, [{ what: 'mail-relay', port, cidrs, why }]);
}
