import { describe, expect, test } from '@jest/globals';
import { migrationJob } from '../../../charts/jobs-by-command.ts';
import type { Manifest } from '../../lib/manifest-types.ts';
import { manifests, objects, variants } from '../../lib/manifests.ts';

const jobNames = (all: readonly Manifest[]) =>
  all.filter(({ kind }) => kind === 'Job').map(({ metadata }) => metadata.name);

describe.each(variants)('$namespace at $address.kind address', (environment) => {
  const deployed = () =>
    objects(environment, 'Job').filter(({ metadata }) =>
      jobNames(manifests(environment)).includes(metadata.name),
    );

  test('a Job of a deployment is tried again without end, in its pod, so that nobody has to delete it', () => {
    expect(deployed().length).toBeGreaterThan(0);
    for (const { metadata, spec } of deployed()) {
      expect([metadata.name, spec?.backoffLimit]).toEqual([metadata.name, 2 ** 31 - 1]);
      expect(spec?.template.spec?.restartPolicy).toBe('OnFailure');
    }
  });

  test('a finished Job is kept, or the next apply would run it again', () => {
    for (const { spec } of deployed()) {
      expect(spec).not.toHaveProperty('ttlSecondsAfterFinished');
      expect(spec).not.toHaveProperty('activeDeadlineSeconds');
    }
  });

  test('the Job of a command ends after three more attempts, each with a pod whose log stays', () => {
    const { spec } = migrationJob(environment).manifest as Manifest & {
      readonly spec: { readonly backoffLimit: number };
    };
    if (environment.migrations === 'job') return;
    expect(spec.backoffLimit).toBe(3);
    expect(spec.template?.spec).toMatchObject({ restartPolicy: 'Never' });
  });

  test('the name of a Job is that of its workload and a hash of what it does', () => {
    const other = manifests({ ...environment, namespace: 'coped-other' });
    for (const { metadata } of deployed())
      expect(metadata.name).toMatch(
        new RegExp(`^${metadata.labels?.['app.kubernetes.io/name']}-[0-9a-f]{10}$`),
      );
    expect(jobNames(other).filter((name) => jobNames(manifests(environment)).includes(name))).toEqual([]);
  });

  test('a CronJob runs once at a time, by a clock that knows no summer', () => {
    for (const { metadata, spec } of objects(environment, 'CronJob')) {
      expect([metadata.name, spec]).toEqual([
        metadata.name,
        expect.objectContaining({ timeZone: 'Etc/UTC', concurrencyPolicy: 'Forbid' }),
      ]);
    }
  });

  test('a run of a CronJob is tried three times, each in a pod whose log stays, and ended when it hangs', () => {
    for (const { metadata, spec } of objects(environment, 'CronJob')) {
      const { template, ...job } = spec?.jobTemplate.spec ?? {};
      expect([metadata.name, job]).toEqual([
        metadata.name,
        { backoffLimit: 2, activeDeadlineSeconds: expect.any(Number) },
      ]);
      expect(spec?.jobTemplate.spec?.activeDeadlineSeconds).toBeLessThanOrEqual(6 * 3600);
      expect(template?.spec?.restartPolicy).toBe('Never');
    }
  });

  test('the last success and three failures of a CronJob stay', () => {
    for (const { spec } of objects(environment, 'CronJob'))
      expect(spec).toMatchObject({ successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 3 });
  });

  test('only the template of a restore does not run by itself', () => {
    const suspended = objects(environment, 'CronJob').filter(({ spec }) => spec?.suspend !== undefined);
    expect(suspended.map(({ metadata, spec }) => [metadata.name, spec?.suspend])).toEqual(
      environment.backups ? [['postgres-restore', true]] : [],
    );
  });

  test('the Jobs and the pods of a CronJob or a Job have the labels of its workload', () => {
    for (const { metadata, spec } of objects(environment, 'CronJob')) {
      expect(spec?.jobTemplate.metadata?.labels).toEqual(metadata.labels);
      expect(spec?.jobTemplate.spec?.template.metadata?.labels).toEqual(metadata.labels);
    }
    for (const { metadata, spec } of objects(environment, 'Job'))
      expect(spec?.template.metadata?.labels).toEqual(metadata.labels);
  });
});
