import { execa } from 'execa';
import { root } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';

/** What can build the images and run kind's nodes, in the order in which kind looks for it. */
const engines = ['docker', 'nerdctl', 'podman'] as const;
export type Engine = (typeof engines)[number];

const variable = 'KIND_EXPERIMENTAL_PROVIDER';

/**
 * The engine that kind uses: the one that KIND_EXPERIMENTAL_PROVIDER names, or the first one that is there. It is Docker
 * too where there is none, so that it is Docker that is missed.
 *
 * @throws UserError when the variable names another one
 * @see https://kind.sigs.k8s.io/docs/user/rootless/
 */
export async function findEngine(): Promise<Engine> {
  const named = process.env[variable];
  if (named) {
    const engine = engines.find((each) => each === named);
    if (engine) return engine;
    throw new UserError(
      `${variable} is "${named}", expected ${engines.join(', ')}\nset it to one of these, or unset it: then the first one that is there is used`,
    );
  }
  for (const engine of engines) if (await isThere(engine)) return engine;
  return 'docker';
}

/** Whether it is this engine that answers: on some systems podman answers to the name of Docker. */
async function isThere(engine: Engine): Promise<boolean> {
  const { exitCode, stdout } = await execa(engine, ['--version'], { cwd: root, reject: false });
  return exitCode === 0 && (engine === 'podman' || !/podman/i.test(stdout));
}

/**
 * The name of an image for the engine. A node reads `coped-web:dev` as Docker does, that is, with the name of Docker's
 * registry before it; podman would put its own before it, `localhost`.
 */
export function nameFor(engine: Engine, reference: string): string {
  if (engine === 'docker') return reference;
  const [host = ''] = reference.split('/');
  const hasHost = reference.includes('/') && (/[.:]/.test(host) || host === 'localhost');
  return hasHost ? reference : `docker.io/${reference.includes('/') ? '' : 'library/'}${reference}`;
}

/** The engine's answer, or undefined if it has none: something else may run the node. */
export async function ask(engine: Engine, ...arguments_: readonly string[]): Promise<string | undefined> {
  const { exitCode, stdout } = await execa(engine, arguments_, { cwd: root, reject: false });
  return exitCode === 0 ? stdout.trim() : undefined;
}
