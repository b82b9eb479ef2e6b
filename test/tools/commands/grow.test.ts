import { beforeEach, expect, jest, test } from '@jest/globals';
import { environments } from '../../../environments/all.ts';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { grow } from '../../../tools/commands/grow.ts';
import { applicationWith } from '../../lib/argo-cd.ts';
import { claimOfSize } from '../../lib/claim.ts';

beforeEach(() => {
  jest.spyOn(console, 'log').mockReturnValue();
});

const { postgres, elasticsearch } = environments.production;

test('Argo CD, which would make the StatefulSet anew, is paused from before it goes until the end', async () => {
  const changes: string[] = [];
  let annotations: Record<string, string> = {};
  const sized = (name: string, storage: string) => ({
    ...claimOfSize(name, storage),
    spec: { storageClassName: 'standard', resources: { requests: { storage } } },
    status: { capacity: { storage: changes.some((each) => each.includes(name)) ? '20Gi' : storage } },
  });
  const cluster: Cluster = {
    context: 'test',
    kubectl: async (arguments_) => {
      const call = arguments_.join(' ');
      if (call.startsWith('get --raw')) return JSON.stringify({ items: [applicationWith(annotations)] });
      if (call.startsWith('get persistentvolumeclaims')) {
        const name = call.includes('=postgres,') ? 'data-postgres-0' : 'data-elasticsearch-0';
        const storage = name.includes('postgres') ? '1Gi' : `${elasticsearch.storageGibibytes}Gi`;
        return JSON.stringify({ items: [sized(name, storage)] });
      }
      if (call.startsWith('get persistentvolumeclaim/'))
        return JSON.stringify(sized('data-postgres-0', `${postgres.storageGibibytes}Gi`));
      if (call.startsWith('get storageclass')) return JSON.stringify({ allowVolumeExpansion: true });
      if (call.startsWith('get statefulset/'))
        return JSON.stringify({ metadata: { labels: {} }, spec: { volumeClaimTemplates: [{}] } });
      if (call.startsWith('annotate'))
        annotations = call.includes('=true')
          ? { 'argocd.argoproj.io/skip-reconcile': 'true', 'coped/paused-by': 'grow' }
          : {};
      changes.push(arguments_.slice(0, 2).join(' '));
      return '';
    },
  };
  await grow(cluster, environments.production, { yes: true, timeout: 1 });
  const application = 'annotate applications.argoproj.io/coped-app-production';
  expect(changes).toEqual([
    application,
    'create --dry-run=server',
    'delete statefulset/postgres',
    'create --filename',
    'patch persistentvolumeclaim/data-postgres-0',
    application,
  ]);
});
