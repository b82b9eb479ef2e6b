import type { k8s } from 'cdk8s-plus-27';
import type { Setting } from '../../environments/contract.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import type { Entity, Outside } from './outside.ts';
import type { ApplicationRole } from './users.ts';
import type { WorkloadChart } from './workload-chart.ts';

/** Part of the system to which a workload belongs. */
type Tier = 'web' | 'data' | 'operations';

/** A connection that a workload opens. */
export interface Outgoing {
  readonly to: Workload | Outside | Entity;
  readonly port: number;
  /** @default 'TCP' */
  readonly protocol?: 'UDP';
  /** One clause for the reader of the policy. */
  readonly why: string;
}

/** A connection that somebody outside opens to a workload. */
export interface Incoming {
  readonly from: Outside;
  readonly port: number;
  /** One clause for the reader of the policy. */
  readonly why: string;
}

/** A part of the site that nginx passes on to another program than the application's server. */
export interface Route {
  /** Path of the site, such as `/charts/`: everything below it. */
  readonly path: `/${string}/`;
  /** The port that answers. A Service of the workload's name leads to it, with the same number. */
  readonly port: number;
  /**
   * Whether the program gets `/`, and not the whole path.
   * @default false
   */
  readonly stripped?: boolean | undefined;
}

/** What the application's containers get of a workload that they use. */
export interface Used {
  /** The connection to it. */
  readonly connection: Outgoing;
  /** Settings by their names; docs/application-contract.md lists them. A credential is a file or a variable. */
  readonly settings: Readonly<Record<string, Setting>>;
  /** Other files in the folder `/run/secrets/coped`, such as certificates. */
  readonly files: readonly k8s.VolumeProjection[];
}

/**
 * What runs in an environment. One file of charts/workloads/ says everything about it. Its policies, its ServiceAccount
 * and its Role follow from that, and so does what the commands and the tests know of it.
 */
export interface Workload<Name extends string = string, Port extends string = string> {
  /** Name of its objects, of its file in charts/workloads/ and, after `order`, of its file in dist/. */
  readonly name: Name;
  /** What it is, in one clause. */
  readonly description: string;
  /** Its place among the files of dist/, which kubectl applies in the order of these numbers. */
  readonly order: number;
  readonly tier: Tier;
  /** Ports that it listens on, by the names that its containers and Services give them. */
  readonly ports: Readonly<Record<Port, number>>;
  /**
   * Whether the environment has it.
   * @default every environment has it
   */
  readonly isIn?: (environment: AnyEnvironment) => boolean;
  /** Connections that it opens; `workloads` are the environment's workloads. Any other connection is refused. */
  readonly opens: (environment: AnyEnvironment, workloads: readonly Workload[]) => readonly Outgoing[];
  /**
   * Connections that come from outside the environment; `workloads` are the environment's workloads.
   * @default none
   */
  readonly receives?: (environment: AnyEnvironment, workloads: readonly Workload[]) => readonly Incoming[];
  /**
   * Its part of the site. An environment that has it also has nginx.
   * @default none: visitors do not reach it
   */
  readonly route?: (environment: AnyEnvironment) => Route | undefined;
  /**
   * What it may do at the Kubernetes API, with a token in its pods; `workloads` are the environment's workloads.
   * @default nothing, and no token
   */
  readonly mayDo?: (environment: AnyEnvironment, workloads: readonly Workload[]) => readonly k8s.PolicyRule[];
  /**
   * What the application's containers get if they use it, in one of their two roles.
   * @default they do not use it
   */
  readonly forApplication?: (environment: AnyEnvironment, role: ApplicationRole) => Used;
  /**
   * The Services whose names its certificate contains, in addition to those of its pods.
   * @default it has no certificate
   */
  readonly certificateFor?: (environment: AnyEnvironment) => readonly string[] | undefined;
  /** Creates its objects. */
  readonly objects: (chart: WorkloadChart) => void;
}

/** A connection to a port of another workload, or of another pod of the same one. */
export function to<Port extends string>(workload: Workload<string, Port>, port: Port, why: string): Outgoing {
  return { to: workload, port: workload.ports[port], why };
}

/**
 * Labels that find a workload's pods. They never change: selectors are immutable.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
 */
export function selector({ namespace }: AnyEnvironment, { name }: Workload): Record<string, string> {
  return { 'app.kubernetes.io/name': name, 'app.kubernetes.io/instance': namespace };
}

/** Labels of every object that belongs to a workload. */
export function labels(environment: AnyEnvironment, workload: Workload): Record<string, string> {
  return {
    ...selector(environment, workload),
    'app.kubernetes.io/component': workload.tier,
    'app.kubernetes.io/part-of': 'coped',
    'app.kubernetes.io/managed-by': 'cdk8s',
  };
}

/** Allows verbs on a resource of the core API; on the named objects only, if names are given. */
export function allow(resource: string, verbs: string[], resourceNames?: string[]): k8s.PolicyRule {
  return { apiGroups: [''], resources: [resource], ...(resourceNames && { resourceNames }), verbs };
}
