import { describe, expect, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import type { Application } from '../../../environments/contract.ts';
import type { AnyEnvironment } from '../../../environments/environment.ts';
import { questionOf } from '../../../tools/application/question.ts';
import { small } from '../../lib/applications.ts';
import { application as secondApplication } from '../../second-application/application.ts';

function questionWith(application: Application) {
  const all = Object.values<AnyEnvironment>(environments).map((each) => ({ ...each, application }));
  return questionOf({ ...environments.production, application }, all);
}

describe('an application that reads files', () => {
  const question = questionWith(small);

  test('must not start without what every environment sets', () => {
    expect(question.required).toContain('SQL_PASSWORD_FILE');
    expect(question.required).not.toContain('ELASTIC_CA_FILE');
    expect(question.required.filter((name) => name.startsWith('PG'))).toEqual([]);
  });

  test('is looked at as production runs it', () => {
    expect(question.production).toMatchObject({
      DEBUG: '0',
      PGSSLMODE: 'verify-full',
      SITE_URL: `https://${environments.production.address.host}`,
      SQL_PASSWORD_FILE: '/run/secrets/coped/SQL_PASSWORD',
    });
  });

  test('is asked for the commands of its file, and for those that check', () => {
    expect(question.commands).toEqual({
      'searchIndex.rebuild': small.searchIndex.rebuild,
      'searchIndex.rebuildForced': small.searchIndex.rebuildForced,
      'searchIndex.check': small.searchIndex.check,
      sampleData: small.sampleData,
    });
    expect(question.checks).toEqual({ 'searchIndex.check': small.searchIndex.check });
    expect(question.searchIndex).toEqual(small.searchIndex.check);
  });
});

describe('an application that reads variables', () => {
  const question = questionWith(secondApplication);

  test('has credentials without a value, and settings of its own that may have a default', () => {
    expect(question.production).toMatchObject({ SQL_PASSWORD: null, FORECAST_URL: expect.any(String) });
    expect(question.required).toContain('REDIS_PASSWORD');
    expect(question.required).not.toContain('FORECAST_URL');
  });

  test('without an index is not asked about one', () => {
    expect(question.commands).toEqual({
      'migrationSteps.0': ['createcachetable'],
      'checks.tasks': ['check_tasks'],
    });
    expect(question.checks).toEqual({ 'checks.tasks': ['check_tasks'] });
    expect(question.searchIndex).toBeNull();
  });

  test('is built with the variables of the Dockerfile, and its own', () => {
    expect(question.build).toMatchObject({
      DJANGO_SETTINGS_MODULE: 'config.settings',
      DEBUG: '0',
      SQL_ENGINE: 'django.db.backends.sqlite3',
      REDIS_CA_FILE: '/dev/null',
      STATIC_ROOT: '/srv/coped/static',
      FORECAST_URL: 'https://forecast.example.org',
    });
    // Without its credentials, it would not start while the image is built.
    const { production, required, build } = question;
    const set = (name: string) => name in build || name.replace(/_FILE$/, '') in build;
    expect(required.filter((name) => name in production && !set(name))).toEqual([]);
  });

  test('is built without the value of a credential', () => {
    const settings = { API_KEY: { credential: 'SECRET_KEY' } } as const;
    expect(questionWith({ ...secondApplication, settings }).build).toMatchObject({ API_KEY: 'none' });
  });
});
