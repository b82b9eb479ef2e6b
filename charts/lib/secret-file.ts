import type { k8s } from 'cdk8s-plus-27';
import { type CredentialName, credentials } from '../../environments/credentials.ts';

/** Folder in which the application's containers find their {@link secretFiles}. */
export const applicationSecrets = '/run/secrets/coped';

/** A credential as a file of that name, for a volume of {@link secretFiles}. */
export function credentialFile(credential: CredentialName, path: string): k8s.VolumeProjection {
  const { secret, key } = credentials[credential];
  return secretFile(secret, key, path);
}

/** A key of a Secret as a file of that name. */
export function secretFile(name: string, key: string, path: string): k8s.VolumeProjection {
  return { secret: { name, items: [{ key, path }] } };
}

/** A volume of such files, which the owner and the group of the pod's processes may read. */
export function secretFiles(name: string, sources: k8s.VolumeProjection[]): k8s.Volume {
  return { name, projected: { sources, defaultMode: 0o440 } };
}

/** A variable with the value of a credential, for a program that reads no file. */
export function credentialVariable(name: string, credential: CredentialName): k8s.EnvVar {
  const { secret, key } = credentials[credential];
  return { name, valueFrom: { secretKeyRef: { name: secret, key } } };
}
