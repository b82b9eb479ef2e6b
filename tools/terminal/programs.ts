import { fileURLToPath } from 'node:url';
import { ExecaError, execa, type Options } from 'execa';
import { UserError } from './user-error.ts';

/** The folder of package.json; every program runs there. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

const needed = {
  docker: [
    {
      arguments: ['version'],
      hint: 'install Docker and start it: https://docs.docker.com/engine/install/',
    },
    {
      // Without it docker uses its legacy builder, which fails in the middle.
      arguments: ['buildx', 'version'],
      hint: 'install its plugin buildx, by which Docker builds images: https://docs.docker.com/build/install-buildx/',
    },
  ],
  podman: [
    {
      arguments: ['info'],
      hint: 'install podman and start it (podman machine start, where it runs in a virtual machine): https://podman.io/docs/installation',
    },
  ],
  nerdctl: [
    {
      arguments: ['info'],
      hint: 'install nerdctl with containerd and BuildKit: https://github.com/containerd/nerdctl#install',
    },
  ],
  kind: [
    {
      arguments: ['version'],
      hint: 'install it: https://kind.sigs.k8s.io/docs/user/quick-start/#installation',
    },
  ],
  minikube: [{ arguments: ['version'], hint: 'install it: https://minikube.sigs.k8s.io/docs/start/' }],
  k3d: [{ arguments: ['version'], hint: 'install it: https://k3d.io/stable/#installation' }],
  git: [{ arguments: ['--version'], hint: 'install it: https://git-scm.com/downloads' }],
  kubectl: [
    {
      arguments: ['version', '--client'],
      hint: 'install it: https://kubernetes.io/docs/tasks/tools/#kubectl',
    },
  ],
  cosign: [
    {
      arguments: ['version'],
      hint: 'it signs images; install it: https://docs.sigstore.dev/cosign/system_config/installation/',
    },
  ],
  syft: [
    {
      arguments: ['version'],
      hint: 'it lists the packages of an image; install it: https://github.com/anchore/syft#installation',
    },
  ],
} as const;

export type Program = keyof typeof needed;

/**
 * Runs a program in the project's folder and returns its output.
 *
 * @throws ExecaError when it fails; its message contains the command and the program's output
 */
export async function run(
  program: Program | 'node',
  arguments_: readonly string[],
  options: Options = {},
): Promise<string> {
  const result = await execa(program, arguments_, {
    cwd: root,
    preferLocal: true,
    ...options,
    encoding: 'utf8',
    lines: false,
  });
  return typeof result.stdout === 'string' ? result.stdout : '';
}

/** Writes dist/ anew, as `npm run synth` does. `cdk8s synth` would delete dist/ even where it then refuses a value. */
export async function synthesize(): Promise<void> {
  await run('node', ['--import', 'tsx', 'main.ts']);
}

/** Whether the program succeeds, that is, ends with exit code 0. */
export async function succeeds(program: Program, arguments_: readonly string[]): Promise<boolean> {
  const result = await execa(program, arguments_, { cwd: root, reject: false });
  return result.exitCode === 0;
}

/**
 * Checks that the programs are there and work.
 *
 * @throws UserError naming the first one that is not, and where to get it
 */
export async function requirePrograms(...programs: Program[]): Promise<void> {
  for (const program of programs) {
    for (const { arguments: arguments_, hint } of needed[program]) {
      try {
        await run(program, arguments_);
      } catch (error) {
        if (!(error instanceof ExecaError)) throw error;
        const [what] = arguments_;
        const reason =
          error.code === 'ENOENT'
            ? 'is not on the PATH'
            : `${what === 'version' ? '' : `${what} `}does not work: ${complaint(error.stderr)}`;
        throw new UserError(`${program} ${reason}\n${hint}`);
      }
    }
  }
}

/** All that a program complained of, without empty lines: the reason may come first, and a hint or a warning beside it. */
function complaint(text: unknown): string {
  return String(text ?? '')
    .split('\n')
    .filter((line) => line.trim())
    .join('\n');
}

/** The last line of what a program printed. */
export function lastLine(text: unknown): string {
  return (
    String(text ?? '')
      .trim()
      .split('\n')
      .at(-1) ?? ''
  );
}
