import { credentialsOf } from '../../environments/credentials.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { type Answers, foundBefore, items, published } from './before.ts';
import { externalProduction } from './manifests.ts';

const keys = { entry: 'coped/production' };
const clusterStore = { kind: 'ClusterSecretStore', name: 'vault', keys } as const;
/** A store of the environment's namespace. */
export const ownStore = { kind: 'SecretStore', name: 'team', keys: { prefix: 'coped-' } } as const;
const { application, images } = published;
/** Production whose credentials come from this store. */
export const withStore = (secretStore: typeof clusterStore | typeof ownStore) =>
  ({ ...externalProduction, application, images, secretStore }) as AnyEnvironment;
/** Production whose credentials come from a store for every namespace. */
export const environment = withStore(clusterStore);
/** The credentials for which its store is asked. */
export const needed = credentialsOf(environment);

/** An object of the operator that is ready, or not, and what the operator says of it. */
export const condition = (status: string, message: string) => ({
  status: { conditions: [{ type: 'Ready', status, message }] },
});
/** The store for every namespace, in this state. */
export const store = (state: object) => JSON.stringify({ metadata: { name: 'vault' }, ...state });

interface Made {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly data: readonly { readonly remoteRef: { readonly property: string } }[] };
}

/** The credential for which an ExternalSecret of the probe asks. */
const credentialOf = ({ spec }: Made) => spec.data[0]?.remoteRef.property ?? '';

/** An operator that answers each ExternalSecret with good, but for these by the name of the credential. */
export function operator(differences: Readonly<Record<string, object>> = {}) {
  let made: Made[] = [];
  return {
    made: () => made,
    apply: (input: string) => {
      made = JSON.parse(input).items.filter(({ kind }: { kind: string }) => kind === 'ExternalSecret');
      return '';
    },
    answer: () =>
      items(
        ...made.map((each) => ({
          metadata: each.metadata,
          ...(differences[credentialOf(each)] ?? condition('True', 'secret synced')),
        })),
      ),
    /** A warning of it, of a credential. */
    event: (credential: string, message: string) => {
      const { metadata } = made.find((each) => credentialOf(each) === credential) ?? {};
      return { involvedObject: { name: metadata?.name }, message };
    },
  };
}

/** A cluster with the operator and a store that has everything, but for these answers. */
export const answers = (difference: Answers = {}, by = operator()): Answers => ({
  'get --raw /apis/external-secrets.io/v1': '{}',
  'get clustersecretstores.external-secrets.io vault': store(condition('True', 'store validated')),
  'get externalsecrets.external-secrets.io': by.answer,
  'get events --namespace coped-production': items(),
  'apply --namespace coped-production': by.apply,
  'delete --namespace coped-production': '',
  ...difference,
});
/** What a check finds in that cluster. */
export const look = (title: string, difference: Answers = {}, of = environment, by = operator()) =>
  foundBefore(title, answers(difference, by), of);
