import type { Environment } from '../../environments/environment.ts';
import { k3s } from './k3s.ts';
import { kind } from './kind.ts';
import { managed } from './managed.ts';
import { openshift } from './openshift.ts';

/** An environment for each kind of cluster of docs/clusters.md, by the name of its file. */
export const clusters = { kind, managed, k3s, openshift } as const satisfies Readonly<
  Record<string, Environment>
>;
