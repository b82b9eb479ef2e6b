import type { AnyEnvironment } from '../../environments/environment.ts';
import { list } from '../cluster/cluster.ts';
import type { Secret } from '../cluster/objects.ts';
import { object, optional, readJson, recordOf } from '../terminal/json.ts';
import { answer, type Question } from './question.ts';

const dockerConfig = object({ auths: optional(recordOf((value) => value)) });

export const imagePullSecret: Question = {
  value: 'cluster.imagePullSecret',
  title: 'pull secret',
  otherwise: 'nodes pull without a password',
  ask: 'whether the registries of the images want a password; the doctor tries them, with --before',
  orElse: ({ context }, { namespace, cluster }) =>
    `kubectl --context ${context} create secret docker-registry ${cluster?.imagePullSecret} --namespace ${namespace} --docker-server=HOST --docker-username=NAME --docker-password=TOKEN`,
  look: async (cluster, environment) => {
    const { namespace } = environment;
    const type = 'kubernetes.io/dockerconfigjson';
    const secrets = await list<Secret>(cluster, [
      ...['secrets', '--namespace', namespace],
      ...['--field-selector', `type=${type}`],
    ]);
    const wanted = registriesOf(environment);
    const suitable = secrets.filter((secret) => hostsOf(secret).some((host) => wanted.has(host)));
    const names = secrets.map(({ metadata }) => metadata.name);
    const given = environment.cluster?.imagePullSecret;
    const fitting = suitable.find(({ metadata }) => metadata.name === given) ?? suitable[0];
    return answer<string | undefined>(
      {
        value: fitting?.metadata.name,
        how: [
          `${namespace} has ${names.join(', ') || 'no Secret'} of type ${type}`,
          ...(fitting ? [`${fitting.metadata.name} holds a password of ${hostsOf(fitting).join(', ')}`] : []),
        ].join('; '),
        works: (name) => name === undefined || names.includes(name),
        isDefault: fitting === undefined,
      },
      given,
      undefined,
    );
  },
};

/** The registries of the environment's images. */
function registriesOf({ images }: AnyEnvironment): Set<string> {
  return new Set(
    Object.values(images).map((image) => {
      const [first = '', ...others] = image.split('/');
      return others.length > 0 && /[.:]|^localhost$/.test(first) ? first : 'docker.io';
    }),
  );
}

/** The registries of which a Secret has a password. */
function hostsOf({ metadata, data }: Secret): string[] {
  const config = Buffer.from(data?.['.dockerconfigjson'] ?? '', 'base64').toString();
  const { auths } = readJson(`Secret ${metadata.name}`, config, dockerConfig);
  return Object.keys(auths ?? {}).map((name) => {
    const [host = ''] = name.replace(/^https?:\/\//, '').split('/');
    return host === 'index.docker.io' ? 'docker.io' : host;
  });
}
