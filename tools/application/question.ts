import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { Application, ManageCommand } from '../../environments/contract.ts';
import type { AnyEnvironment } from '../../environments/environment.ts';
import { manifestsOf } from '../cluster/manifests.ts';
import { buildArguments } from '../local/build-arguments.ts';
import { root } from '../terminal/programs.ts';

type Commands = Readonly<Record<string, ManageCommand>>;
/** Values of variables; null is that of a credential. */
type Variables = Readonly<Record<string, string | null>>;

/** What docker/web/dev/check_application.py has to know of the application and of its environments. */
interface Question {
  /** Variables that every environment sets, and without which the application must not start. */
  readonly required: readonly string[];
  /** The variables of production. */
  readonly production: Variables;
  /** Those of the build of the image. */
  readonly build: Readonly<Record<string, string>>;
  /** Commands of manage.py, by the name of their value in environments/application.ts. */
  readonly commands: Commands;
  /** Those of them whose exit code says whether all is well. */
  readonly checks: Commands;
  /** The one that reports about the search index, if there is one. */
  readonly searchIndex: ManageCommand | null;
}

/**
 * @param environment the one whose values count: production
 * @param all every environment
 */
export function questionOf(environment: AnyEnvironment, all: readonly AnyEnvironment[]): Question {
  const { application }: { readonly application: Application } = environment;
  const { migrationSteps = [], searchIndex, sampleData, checks = {} } = application;
  const production = variablesOf(environment);
  const everywhere = all.map((each) => variablesOf(each));
  const own = Object.keys(application.settings ?? {}).flatMap((name) => [name, `${name}_FILE`]);
  const asked: Commands = {
    ...(searchIndex && { 'searchIndex.check': searchIndex.check }),
    ...Object.fromEntries(Object.entries(checks).map(([title, command]) => [`checks.${title}`, command])),
  };
  return {
    // libpq reads its own variables, and what an application adds to the contract may have a default.
    required: Object.keys(production).filter(
      (name) =>
        everywhere.every((variables) => name in variables) && !name.startsWith('PG') && !own.includes(name),
    ),
    production,
    build: buildVariables(application),
    commands: {
      ...Object.fromEntries(migrationSteps.map((step, index) => [`migrationSteps.${index}`, step])),
      ...(searchIndex && {
        'searchIndex.rebuild': searchIndex.rebuild,
        'searchIndex.rebuildForced': searchIndex.rebuildForced,
      }),
      ...(sampleData && { sampleData }),
      ...asked,
    },
    checks: asked,
    searchIndex: searchIndex?.check ?? null,
  };
}

/** The variables of the server, as the manifests set them. */
function variablesOf(environment: AnyEnvironment): Variables {
  const web = manifestsOf(environment).find(
    (manifest): manifest is typeof manifest & IDeployment =>
      manifest.kind === 'Deployment' && manifest.metadata.name === 'web',
  );
  const variables = web?.spec?.template.spec?.containers.find(({ name }) => name === 'web')?.env ?? [];
  return Object.fromEntries(variables.map(({ name, value = null }) => [name, value]));
}

/** The variables with which docker/web/Dockerfile collects the static files. */
function buildVariables(application: Application): Record<string, string> {
  const dockerfile = readFileSync(join(root, 'docker/web/Dockerfile'), 'utf8');
  const [, exported = ''] = /^RUN export (DJANGO_SETTINGS_MODULE=.*?) \\\n +&& /ms.exec(dockerfile) ?? [];
  const { SETTINGS_MODULE = '' } = buildArguments(application);
  const own = Object.entries(application.settings ?? {}).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : 'none',
  ]);
  return {
    ...Object.fromEntries(
      exported
        .replace('$SETTINGS_MODULE', SETTINGS_MODULE)
        .split(/[\s\\]+/)
        .map((assignment) => assignment.split(/=(.*)/s).slice(0, 2)),
    ),
    ...Object.fromEntries(own),
  };
}
