/**
 * What must not compile. `tsc`, a part of `npm test`, fails if a line below an expected error has none. Each case is
 * the real environment with one change, so only that change can be the error.
 */

import type { GatewayAddress, IngressAddress } from '../../environments/address.ts';
import type { Database, Mail, Program } from '../../environments/contract.ts';
import { type Credential, credentials } from '../../environments/credentials.ts';
import { dev } from '../../environments/dev.ts';
import type { Dev, ObjectStore, Production, Staging } from '../../environments/environment.ts';
import { localReference } from '../../environments/images.ts';
import { production } from '../../environments/production.ts';
import type { SecretStore } from '../../environments/secret-store.ts';
import { staging } from '../../environments/staging.ts';
import { endedBefore, gatewayAddress } from '../lib/addresses.ts';
import { application } from '../second-application/application.ts';

const { mail, programs } = application;
const { flower } = programs;
const secretStore = { kind: 'SecretStore', name: 'vault', keys: { prefix: 'coped-' } } as const;

// The unchanged ones are legal.
({ ...production }) satisfies Production;
({ ...staging }) satisfies Staging;
({ ...dev }) satisfies Dev;
({ ...credentials.SECRET_KEY }) satisfies Credential;
({ ...credentials.BACKUP_S3_KEY }) satisfies Credential;
({ ...secretStore }) satisfies SecretStore;
({ ...flower }) satisfies Program;
({ ...mail }) satisfies Mail;
({ ...endedBefore }) satisfies IngressAddress;
({ ...gatewayAddress }) satisfies GatewayAddress;
({ ...production, address: gatewayAddress }) satisfies Production;

// @ts-expect-error production has no debug
({ ...production, debug: true }) satisfies Production;

// @ts-expect-error production does not migrate at start
({ ...production, migrations: 'at-start' }) satisfies Production;

// @ts-expect-error production does not migrate by a Job that is deployed with it
({ ...production, migrations: 'job' }) satisfies Production;

// @ts-expect-error production has no live-edit mount
({ ...production, liveEdit: { nodePath: '/srv/coped' } }) satisfies Production;

// @ts-expect-error production loads no sample data
({ ...production, sampleData: true }) satisfies Production;

// @ts-expect-error production's images are pinned by digest
({ ...production, images: { ...production.images, web: 'ghcr.io/coped/web:latest' } }) satisfies Production;

// @ts-expect-error production runs no image that was built on somebody's machine
({ ...production, images: { ...production.images, web: localReference('web', 'dev') } }) satisfies Production;

// @ts-expect-error production has two web replicas at least
({ ...production, web: { ...production.web, replicas: 1 } }) satisfies Production;

// @ts-expect-error production has two nginx replicas at least
({ ...production, nginx: { ...production.nginx, replicas: 1 } }) satisfies Production;

// @ts-expect-error production's credentials are not made in the cluster
({ ...production, credentials: 'generated' }) satisfies Production;

({ ...production, credentials: 'external', secretStore }) satisfies Production;
({ ...staging, credentials: 'external', secretStore }) satisfies Staging;

// @ts-expect-error whose credentials are in a store says in which
({ ...production, credentials: 'external', secretStore: undefined }) satisfies Production;

// @ts-expect-error a store is of no use where a person provides the credentials
({ ...production, credentials: 'provided', secretStore }) satisfies Production;

// @ts-expect-error a laptop has no store
({ ...dev, credentials: 'external', secretStore }) satisfies Dev;

// @ts-expect-error the operator knows two kinds of stores
({ ...secretStore, kind: 'Vault' }) satisfies SecretStore;

// @ts-expect-error the credentials are in one entry, or in an entry each
({ ...secretStore, keys: {} }) satisfies SecretStore;

// @ts-expect-error production is not reached by a NodePort
({ ...production, address: production.localAddress }) satisfies Production;

// @ts-expect-error production has TLS
({ ...production, address: { ...production.address, tls: undefined } }) satisfies Production;

// @ts-expect-error connections come from somewhere: an empty list would let everybody in
({ ...production, address: { ...production.address, from: [] } }) satisfies Production;

// @ts-expect-error TLS that has ended before has no certificate in the Ingress
({ ...endedBefore, tls: { endedBefore: true, secretName: 'coped-tls' } }) satisfies IngressAddress;

// @ts-expect-error the certificate of a Gateway is the Gateway's
({ ...gatewayAddress, tls: { secretName: 'coped-tls' } }) satisfies GatewayAddress;

// @ts-expect-error production has three members of Postgres at least, and an odd number
({ ...production, postgres: { ...production.postgres, members: 2 } }) satisfies Production;

// @ts-expect-error production has three nodes of Elasticsearch
({ ...production, elasticsearch: { ...production.elasticsearch, nodes: 1 } }) satisfies Production;

// @ts-expect-error production has backups
({ ...production, backups: undefined }) satisfies Production;

// @ts-expect-error restores are tested
({ ...production, backups: { ...production.backups, restoreTest: undefined } }) satisfies Production;

// @ts-expect-error production has TLS inside, too
({ ...production, elasticsearch: { ...production.elasticsearch, tls: false } }) satisfies Production;

// @ts-expect-error an empty list of addresses would let everybody in
({ ...production, cluster: { kubernetesApi: { cidrs: [], port: 6443 } } }) satisfies Production;

// @ts-expect-error nobody would answer to names
({ ...production, cluster: { dns: { at: [] } } }) satisfies Production;

// @ts-expect-error the object store is somewhere
({ ...staging.backups.objectStore, reachedAt: { cidrs: [] } }) satisfies ObjectStore;

// @ts-expect-error two nodes of Elasticsearch could not agree which of them is left
({ ...staging, elasticsearch: { ...staging.elasticsearch, nodes: 2 } }) satisfies Staging;

// @ts-expect-error staging has no debug either
({ ...staging, debug: true }) satisfies Staging;

// @ts-expect-error staging's images are pinned too
({ ...staging, images: { ...staging.images, nginx: localReference('nginx', 'dev') } }) satisfies Staging;

// @ts-expect-error dev serves its pages with DEBUG only: live source has no collected static files
({ ...dev, debug: false }) satisfies Dev;

// @ts-expect-error staging has no live-edit mount
({ ...staging, liveEdit: { nodePath: '/srv/coped' } }) satisfies Staging;

// @ts-expect-error a namespace is named after the project
({ ...dev, namespace: 'default' }) satisfies Dev;

// @ts-expect-error a credential that is not random says who issues it
({ ...credentials.BACKUP_S3_KEY, origin: 'issued' }) satisfies Credential;

// @ts-expect-error whoever issues a value decides how long it is
({ ...credentials.BACKUP_S3_KEY, minLength: 20 }) satisfies Credential;

// @ts-expect-error the image of a program has a digest
({ ...flower, image: 'registry.example.org/flower:2.2.0' }) satisfies Program;

// @ts-expect-error the path of a program ends with a slash
({ ...flower, route: { path: '/tasks' } }) satisfies Program;

// @ts-expect-error dev has one nginx at most
({ ...dev, nginx: { ...dev.nginx, replicas: 2 } }) satisfies Dev;

const { secret, key, origin, minLength, neededIn, description } = credentials.SECRET_KEY;

// @ts-expect-error a value that is made up has a shortest length
({ secret, key, origin, neededIn, description }) satisfies Credential;

// @ts-expect-error each credential says which environments need it
({ secret, key, origin, minLength, description }) satisfies Credential;

const ofTheApplication = { description: 'measurements', owner: 'application' } as const;
const ofAProgram = { description: 'charts', owner: { role: 'charts', password: 'SQL_PASSWORD' } } as const;
({ ...ofTheApplication }) satisfies Database;
({ ...ofAProgram, readBy: ['reader'] }) satisfies Database;

// @ts-expect-error the roles of the application read its own databases anyway
({ ...ofTheApplication, readBy: ['reader'] }) satisfies Database;

// @ts-expect-error the password of a role is a credential
({ ...ofAProgram, owner: { role: 'charts', password: 'NOWHERE' } }) satisfies Database;

// @ts-expect-error production sends its mail
({ ...mail, production: 'caught' }) satisfies Mail;

// @ts-expect-error a relay has TLS
({ ...mail, production: { ...mail.production, tls: 'none' } }) satisfies Mail;

// @ts-expect-error each relay says how TLS begins
({ ...mail, production: { ...mail.production, tls: undefined } }) satisfies Mail;
