import { application as ofThisSite } from '../../environments/application.ts';
import type { Application } from '../../environments/contract.ts';
import type { ObjectStore } from '../../environments/environment.ts';
import type { MediaInBucket } from '../../environments/media.ts';

const { settingsModule }: Application = ofThisSite;

/** Whether the stand-in runs here. Some tests are about it, and end with it when a team puts its own project in its place. */
export const isStandIn = settingsModule === 'coped.settings';

/**
 * A small application, for tests that hold whatever application runs here: it has an index and sample data, and nothing
 * else. test/second-application has the rest.
 */
export const small = {
  settingsModule: 'site.settings',
  credentialsAs: 'files',
  searchIndex: {
    rebuild: ['rebuild_index', '--wait', '600'],
    rebuildForced: ['rebuild_index', '--wait', '600', '--force'],
    check: ['check_index', '--json'],
  },
  sampleData: ['load_sample_projects'],
} as const satisfies Application;

const store: ObjectStore = {
  host: 's3.example.com',
  port: 443,
  region: 'eu-west-1',
  bucket: 'uploads',
  uriStyle: 'host',
  reachedAt: { cidrs: ['198.51.100.0/24'] },
};

/** Uploads in a bucket. */
export const mediaInBucket = {
  on: 'bucket',
  bucket: { staging: store, production: store },
} as const satisfies MediaInBucket;
