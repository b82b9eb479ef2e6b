import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import {
  type Credential,
  type CredentialName,
  credentials,
  credentialsOf,
} from '../environments/credentials.ts';
import type { AnyEnvironment } from '../environments/environment.ts';
import { placeInStore, type SecretStore } from '../environments/secret-store.ts';
import {
  ExternalSecretSpecDataRemoteRefConversionStrategy as ConversionStrategy,
  ExternalSecretSpecTargetCreationPolicy as CreationPolicy,
  ExternalSecretSpecDataRemoteRefDecodingStrategy as DecodingStrategy,
  ExternalSecretSpecTargetDeletionPolicy as DeletionPolicy,
  ExternalSecretSpecTargetTemplateEngineVersion as EngineVersion,
  ExternalSecret,
  type ExternalSecretSpec,
  ExternalSecretSpecTargetTemplateMergePolicy as MergePolicy,
  ExternalSecretSpecDataRemoteRefMetadataPolicy as MetadataPolicy,
  ExternalSecretSpecRefreshPolicy as RefreshPolicy,
  ExternalSecretSpecSecretStoreRefKind as StoreKind,
} from '../imports/externalsecret-external-secrets.io.ts';

const storeKinds = {
  ClusterSecretStore: StoreKind.CLUSTER_SECRET_STORE,
  SecretStore: StoreKind.SECRET_STORE,
};

/**
 * What makes the External Secrets Operator copy each credential from the store into the Secret that `npm run secrets` would
 * make. An environment without a store has no such objects.
 *
 * @see https://external-secrets.io/latest/api/externalsecret/
 */
export function externalSecrets(scope: Construct, environment: AnyEnvironment): void {
  const { secretStore, namespace } = environment;
  if (secretStore === undefined) return;
  const chart = new Chart(scope, '20-external-secrets', { namespace });
  // With the values that the API server would add, because Argo CD takes an added one for a difference.
  for (const name of credentialsOf(environment)) {
    const { secret } = credentials[name];
    new ExternalSecret(chart, secret, {
      metadata: {
        name: secret,
        labels: { 'app.kubernetes.io/part-of': 'coped', 'app.kubernetes.io/managed-by': 'cdk8s' },
      },
      spec: {
        ...sourceOf(secretStore, name),
        refreshPolicy: refreshPolicyOf(credentials[name]),
        // Counts with a policy that neither of ours is.
        refreshInterval: '1h0m0s',
        target: {
          // The Secret outlives this object, which goes with the operator's CRD.
          creationPolicy: CreationPolicy.ORPHAN,
          deletionPolicy: DeletionPolicy.RETAIN,
          // Without a template of its own, the Secret would get the labels by which Argo CD knows what it may prune.
          template: {
            type: 'Opaque',
            metadata: { labels: { 'app.kubernetes.io/part-of': 'coped' } },
            engineVersion: EngineVersion.V2,
            mergePolicy: MergePolicy.REPLACE,
          },
        },
      },
    });
  }
}

/** The place of a credential in the store, and its key in a Secret. */
export function sourceOf(
  store: SecretStore,
  name: CredentialName,
): Required<Pick<ExternalSecretSpec, 'data' | 'secretStoreRef'>> {
  return {
    secretStoreRef: { kind: storeKinds[store.kind], name: store.name },
    data: [
      {
        secretKey: credentials[name].key,
        remoteRef: {
          ...placeInStore(store, name),
          // Older versions of the operator have defaults for these, too.
          conversionStrategy: ConversionStrategy.DEFAULT,
          decodingStrategy: DecodingStrategy.NONE,
          metadataPolicy: MetadataPolicy.NONE,
        },
      },
    ],
  };
}

/**
 * A value in the store is copied when a person says so: services and their clients have to get it together. One that can
 * never be replaced is copied once.
 */
function refreshPolicyOf(credential: Credential): RefreshPolicy {
  const isPermanent = credential.origin === 'random' && credential.permanentBecause !== undefined;
  return isPermanent ? RefreshPolicy.CREATED_ONCE : RefreshPolicy.ON_CHANGE;
}
