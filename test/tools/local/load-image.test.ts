import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { cluster } from '../../../tools/cluster/cluster.ts';
import type { Engine } from '../../../tools/local/engine.ts';
import { buildImage, type LocalImageBuild, localImages } from '../../../tools/local/images.ts';
import { loadImage } from '../../../tools/local/load-image.ts';
import type { LocalCluster } from '../../../tools/local/local-cluster.ts';
import { allCalls, folder, program } from '../../lib/command-line.ts';

const before = process.env;
beforeEach(() => {
  process.env = { PATH: join(folder, 'bin') };
  for (const name of ['kind', 'k3d', 'minikube', 'podman']) program(name);
});
afterEach(() => {
  process.env = before;
});

const [image] = localImages('staging', ['credentials']) as [LocalImageBuild];
const [published] = localImages('staging', ['elasticsearch']) as [LocalImageBuild];
const to = (engine: Engine, made: LocalCluster['made']) =>
  loadImage({ ...cluster('any'), engine, made }, image, () => {});

/** Calls of programs that load, with the name of a temporary folder left out. */
const loads = () =>
  allCalls()
    .filter((call) => !/^kubectl/.test(call))
    .map((call) => call.replaceAll(/\S+image-\w+\//g, '…/'));

describe('an image comes to the nodes', () => {
  test.each([
    [{ by: 'kind', name: 'other' }, `kind load docker-image ${image.reference} --name other`],
    [{ by: 'k3d', name: 'other' }, `k3d image import ${image.reference} --cluster other`],
    [{ by: 'minikube', name: 'other' }, `minikube --profile other image load ${image.reference}`],
  ] as const)('of %p', async (made, call) => {
    expect(await to('docker', made)).toMatchObject({ result: 'loaded' });
    expect(loads()).toEqual([call]);
  });

  test.each([
    [{ by: 'kind', name: 'other' }, 'kind load image-archive …/image.tar --name other'],
    [{ by: 'k3d', name: 'other' }, 'k3d image import …/image.tar --cluster other'],
    [{ by: 'minikube', name: 'other' }, 'minikube --profile other image load …/image.tar'],
  ] as const)(
    'of %p from an archive that podman saves, as kind asks only Docker for images',
    async (made, call) => {
      await to('podman', made);
      const save = `podman save --output …/image.tar docker.io/library/${image.reference}`;
      expect(loads()).toEqual([save, call]);
    },
  );

  test('not at all where the nodes run the images of the engine', async () => {
    expect(await to('docker', undefined)).toEqual({ result: "the engine's", notes: {} });
    expect(allCalls()).toEqual([]);
  });

  test('by itself if it is published and kind cannot load it; one that is built here must be loaded', async () => {
    program('kind', 'echo "ctr: content digest sha256:1: not found" >&2; exit 1');
    const made = { by: 'kind', name: 'coped' } as const;
    const local: LocalCluster = { ...cluster('any'), engine: 'docker', made };
    expect(await loadImage(local, published, () => {})).toMatchObject({ result: 'left to the node' });
    await expect(loadImage(local, image, () => {})).rejects.toThrow('content digest');
  });
});

describe('podman builds', () => {
  test('an image under the names that a node knows', async () => {
    program('podman', 'case "$1" in image) exit 1;; esac');
    expect(await buildImage(image, 'podman', () => {})).toBe('built');
    expect(allCalls()).toEqual([
      `podman image inspect docker.io/library/${image.built}`,
      `podman build --tag docker.io/library/${image.built} docker/credentials`,
    ]);
  });

  test('nothing that it has, but gives it the name that dev knows', async () => {
    const [dev] = localImages('dev', ['credentials']) as [LocalImageBuild];
    expect(await buildImage(dev, 'podman', () => {})).toBe('cached');
    expect(allCalls().at(-1)).toBe(
      `podman tag docker.io/library/${dev.built} docker.io/library/coped-credentials:dev`,
    );
  });
});
