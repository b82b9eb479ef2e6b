import { expect, test } from '@jest/globals';
import { connections } from '../../../charts/connections.ts';
import { mailSettings, toMail } from '../../../charts/lib/mail.ts';
import { dev } from '../../../environments/dev.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { production } from '../../../environments/production.ts';
import { staging } from '../../../environments/staging.ts';
import { small } from '../../lib/applications.ts';
import { containerOf, object, podOf } from '../../lib/manifests.ts';
import { application } from '../../second-application/application.ts';

const { mail } = application;
const relay = mail.production;
const inDev: AnyEnvironment = { ...dev, application };
const inStaging: AnyEnvironment = { ...staging, application };
const inProduction: AnyEnvironment = { ...production, application };

test('an application that sends no mail gets no setting and no connection', () => {
  for (const environment of [dev, staging, production]) {
    const without: AnyEnvironment = { ...environment, application: small };
    expect([mailSettings(without), toMail(without)]).toEqual([{}, []]);
  }
});

test.each([
  ['dev', inDev],
  ['staging', inStaging],
] as const)('mail is caught, without TLS and without a login: %s', (_, environment) => {
  expect(mailSettings(environment)).toEqual({
    EMAIL_HOST: 'mail-catcher-smtp',
    EMAIL_PORT: '1025',
    EMAIL_USE_TLS: '0',
    EMAIL_USE_SSL: '0',
    EMAIL_TIMEOUT: '10',
    DEFAULT_FROM_EMAIL: 'Stations <stations@example.org>',
  });
});

test('production gives its relay the name and the password that the mail service has issued', () => {
  expect(mailSettings(inProduction)).toEqual({
    EMAIL_HOST: 'smtp.example.org',
    EMAIL_PORT: '587',
    EMAIL_USE_TLS: '1',
    EMAIL_USE_SSL: '0',
    EMAIL_TIMEOUT: '10',
    DEFAULT_FROM_EMAIL: 'Stations <stations@example.org>',
    EMAIL_HOST_USER: { credential: 'EMAIL_HOST_USER' },
    EMAIL_HOST_PASSWORD: { credential: 'EMAIL_HOST_PASSWORD' },
  });
});

test('TLS begins as the relay wants it, and a relay that wants no login gets none', () => {
  const other = { ...relay, port: 465, tls: 'implicit', login: false } as const;
  const environment = {
    ...production,
    application: { ...application, mail: { ...mail, production: other } },
  };
  const { EMAIL_USE_TLS, EMAIL_USE_SSL, ...settings } = mailSettings(environment);
  expect([EMAIL_USE_TLS, EMAIL_USE_SSL]).toEqual(['0', '1']);
  expect(Object.keys(settings)).toEqual(['EMAIL_HOST', 'EMAIL_PORT', 'EMAIL_TIMEOUT', 'DEFAULT_FROM_EMAIL']);
});

test('staging may have a relay too', () => {
  const environment = { ...staging, application: { ...application, mail: { ...mail, staging: relay } } };
  expect(mailSettings(environment)).toEqual(mailSettings(inProduction));
  expect(toMail(environment)).toEqual(toMail(inProduction));
});

test.each([
  ['dev', inDev, 'mail-catcher', 1025],
  ['production', inProduction, 'mail-relay', 587],
] as const)(
  'the server and the other processes send mail, and nobody else: %s',
  (_, environment, to, port) => {
    const senders = connections(environment).filter((arrow) => arrow.to === to && arrow.port === port);
    expect(senders.map(({ from }) => from).sort()).toEqual(['scheduler', 'web', 'worker']);
  },
);

test('a relay is reached at its address ranges, or at every public address', () => {
  const { spec } = object(inProduction, 'NetworkPolicy', 'worker');
  expect(spec?.egress).toContainEqual({
    to: [{ ipBlock: { cidr: '192.0.2.0/24' } }],
    ports: [{ port: 587, protocol: 'TCP' }],
  });
  const anywhere = { ...relay, cidrs: 'internet' } as const;
  const environment = {
    ...production,
    application: { ...application, mail: { ...mail, production: anywhere } },
  };
  const [way] = toMail(environment);
  expect(way?.to).toMatchObject({ peers: [{ ipBlock: { cidr: '0.0.0.0/0' } }] });
});

test('a trial on the local cluster reaches no relay, and needs no login', () => {
  const trial = { ...inProduction, address: production.localAddress };
  expect(toMail(trial)).toEqual([]);
  const { EMAIL_HOST_USER, EMAIL_HOST_PASSWORD, ...settings } = mailSettings(inProduction);
  expect(mailSettings(trial)).toEqual(settings);
});

test('every container of the application has the settings', () => {
  for (const [kind, name] of [
    ['Deployment', 'web'],
    ['Deployment', 'worker'],
  ] as const)
    expect(containerOf(podOf(inProduction, kind, name), name).env).toEqual(
      expect.arrayContaining([
        { name: 'EMAIL_HOST', value: 'smtp.example.org' },
        {
          name: 'EMAIL_HOST_PASSWORD',
          valueFrom: { secretKeyRef: { name: 'email-password', key: 'password' } },
        },
      ]),
    );
});
