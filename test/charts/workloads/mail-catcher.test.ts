import { describe, expect, test } from '@jest/globals';
import { connections } from '../../../charts/connections.ts';
import { mailCatcher } from '../../../charts/workloads/mail-catcher.ts';
import { workloadsOf } from '../../../charts/workloads.ts';
import { dev } from '../../../environments/dev.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { production } from '../../../environments/production.ts';
import { staging } from '../../../environments/staging.ts';
import { small } from '../../lib/applications.ts';
import { containerOf, object, objects, podOf } from '../../lib/manifests.ts';
import { application } from '../../second-application/application.ts';

const inDev: AnyEnvironment = { ...dev, application };
const inStaging: AnyEnvironment = { ...staging, application };

const isIn = (environment: AnyEnvironment) => workloadsOf(environment).includes(mailCatcher);

test('is where the mail of an application is caught, and nowhere else', () => {
  const { mail } = application;
  const sends = { ...application, mail: { ...mail, staging: mail.production } };
  expect([isIn(inDev), isIn(inStaging), isIn({ ...production, application })]).toEqual([true, true, false]);
  expect([isIn({ ...dev, application: sends }), isIn({ ...staging, application: sends })]).toEqual([
    true,
    false,
  ]);
  for (const environment of [dev, staging, production])
    expect(isIn({ ...environment, application: small })).toBe(false);
});

describe.each([
  ['dev', inDev],
  ['staging', inStaging],
] as const)('%s', (_, environment) => {
  const container = () => containerOf(podOf(environment, 'Deployment', 'mail-catcher'), 'mail-catcher');

  test('keeps the newest 50, of 2 MiB at most', () => {
    expect(container().image).toBe(environment.images['mail-catcher']);
    expect(container().args).toEqual([
      ...['--smtp', '1025', '--web', '1080', '--base-pathname', '/mail/'],
      ...['--max-emails', '50', '--max-message-size', '2097152'],
    ]);
  });

  test('has a Service for mail and one for its page', () => {
    const ports = objects(environment, 'Service')
      .filter(({ metadata }) => metadata.name.startsWith('mail-catcher'))
      .map(({ metadata, spec }) => [metadata.name, spec?.ports?.map(({ port }) => port)]);
    expect(ports).toEqual([
      ['mail-catcher', [1080]],
      ['mail-catcher-smtp', [1025]],
    ]);
  });

  test('gets mail once its page answers, and is restarted after a minute without an answer', () => {
    const answers = { httpGet: { path: '/mail/api/healthz', port: 'http' } };
    expect(container().readinessProbe).toEqual({ ...answers, periodSeconds: 5, failureThreshold: 2 });
    expect(container().livenessProbe).toEqual({ ...answers, periodSeconds: 10, failureThreshold: 6 });
  });

  test('there are never two, of which each would have a part of the mail', () => {
    const { spec } = object(environment, 'Deployment', 'mail-catcher');
    expect([spec?.replicas, spec?.strategy?.type]).toEqual([1, 'Recreate']);
  });
});

test('visitors of dev read the mail at /mail/ of the site; those of staging do not', () => {
  const readers = (environment: AnyEnvironment) =>
    connections(environment)
      .filter(({ to, port }) => to === 'mail-catcher' && port === 1080)
      .map(({ from }) => from);
  expect(mailCatcher.route?.(inDev)).toEqual({ path: '/mail/', port: 1080 });
  expect([readers(inDev), readers(inStaging)]).toEqual([['nginx'], []]);
});

test('it is of the operations, and opens no connection', () => {
  expect([mailCatcher.tier, mailCatcher.opens(inDev, [])]).toEqual(['operations', []]);
});
