import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ObjectStore } from '../../environments/environment.ts';
import type { MediaInBucket } from '../../environments/media.ts';
import { root } from '../../tools/terminal/programs.ts';
import { checkoutWith } from './checkout.ts';

const source = join(root, 'test/second-application');

/**
 * A copy of the checkout in which the second application stands in the place of the stand-in: its code and requirements in
 * docker/web, and environments/application.ts. No other file of the product is touched.
 */
export function checkoutOfSecondApplication(): string {
  const folder = checkoutWith([]);
  const web = join(folder, 'docker/web');
  rmSync(join(web, 'app'), { recursive: true });
  cpSync(join(source, 'app'), join(web, 'app'), { recursive: true });
  // It has no packages for development only.
  for (const [from, to] of [
    ['requirements.in', 'requirements.in'],
    ['requirements.txt', 'requirements.txt'],
    ['requirements.in', 'requirements-dev.in'],
  ] as const)
    cpSync(join(source, from), join(web, to));
  const pinned = readFileSync(join(source, 'requirements.txt'), 'utf8');
  writeFileSync(
    join(web, 'requirements-dev.txt'),
    pinned.replaceAll(/requirements\.(txt|in)/g, 'requirements-dev.$1'),
  );
  const application = readFileSync(join(source, 'application.ts'), 'utf8');
  writeFileSync(
    join(folder, 'environments/application.ts'),
    application.replaceAll("'../../environments/", "'./"),
  );
  return folder;
}

/** Has its file in a copy keep the uploads of production in this bucket, and those of staging in another one. */
export function keepUploadsIn(folder: string, store: ObjectStore): void {
  const file = join(folder, 'environments/application.ts');
  const staging = { ...store, bucket: `${store.bucket}-of-staging` };
  const media: MediaInBucket = { on: 'bucket', bucket: { staging, production: store } };
  const before = readFileSync(file, 'utf8');
  const after = before.replace(/^ {2}media: \{.*?^ {2}\},$/ms, `  media: ${JSON.stringify(media)},`);
  if (after === before) throw new Error('environments/application.ts has no media to put elsewhere');
  writeFileSync(file, after);
}
