import { type CredentialName, credentials } from './credentials.ts';

/** The operator's own object that says how it reads the store. Whoever runs the operator makes it. */
export interface SecretStore {
  /** `ClusterSecretStore`, or a `SecretStore` in the environment's namespace. */
  readonly kind: 'ClusterSecretStore' | 'SecretStore';
  readonly name: string;
  /**
   * Where the store has the values: `entry` is one entry with a property for each, called as in an env file
   * (`SECRET_KEY`). `prefix` means an entry for each, called as its Secret, after these letters (`PREFIXdjango`).
   */
  readonly keys: { readonly entry: string } | { readonly prefix: string };
}

/** Where a store has a value, in the terms of the External Secrets Operator. */
export interface StorePlace {
  /** Name of the entry. */
  readonly key: string;
  /**
   * The property of the entry that is the value.
   * @default the whole entry is the value
   */
  readonly property?: string;
}

/** Where the store has the value of a credential. */
export function placeInStore({ keys }: SecretStore, name: CredentialName): StorePlace {
  return 'entry' in keys
    ? { key: keys.entry, property: name }
    : { key: `${keys.prefix}${credentials[name].secret}` };
}

/** The store as messages name it: `ClusterSecretStore vault`. */
export function storeText({ kind, name }: SecretStore): string {
  return `${kind} ${name}`;
}

/** The place as messages name it. */
export function placeText({ key, property }: StorePlace): string {
  return property === undefined ? key : `${key}, property ${property}`;
}
