/** One credential: a random value that two workloads share, kept in a Kubernetes Secret of its own. */
export interface Credential {
  /** Name of the Secret in the environment's namespace. */
  readonly secret: string;
  /** Key of the value in that Secret; mounted as a file of this name. */
  readonly key: string;
  /** Shortest value that the `secrets` command accepts, in characters. */
  readonly minLength: number;
  /** What the value is for, as the example env file and error messages say it. */
  readonly description: string;
}

/**
 * Every credential of an environment, by the name that the application and the env file give it.
 *
 * One Secret holds one credential, so that each is made, provided, mounted and replaced by itself.
 */
export const credentials = {
  SECRET_KEY: {
    secret: 'django',
    key: 'secret-key',
    minLength: 50,
    description: "Django's signing key for sessions, messages and tokens",
  },
  SQL_PASSWORD: {
    secret: 'postgres-app',
    key: 'password',
    minLength: 20,
    description: "password of the application's role in Postgres",
  },
  ELASTIC_PASSWORD: {
    secret: 'elasticsearch-app',
    key: 'password',
    minLength: 20,
    description: "password of the application's user in Elasticsearch",
  },
} as const satisfies Record<string, Credential>;

export type CredentialName = keyof typeof credentials;
