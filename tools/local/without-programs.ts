import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { root } from '../terminal/programs.ts';
import { UserError } from '../terminal/user-error.ts';

/**
 * What `up` can do without a cluster: it synthesizes every environment into a folder of its own, and compares that with
 * dist/, which stays as it is.
 *
 * @param dist where dist/ is
 * @returns what it found
 * @throws ExecaError when the manifests cannot be made
 */
export async function checkDist(dist = join(root, 'dist')): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'dist-'));
  try {
    await execa(process.execPath, ['--import', 'tsx', 'main.ts'], {
      cwd: root,
      env: { CDK8S_OUTDIR: folder },
    });
    const made = filesOf(folder);
    const present = filesOf(dist);
    const names = [...new Set([...made.keys(), ...present.keys()])].sort();
    const other = names.filter((name) => made.get(name) !== present.get(name));
    return other.length === 0
      ? `dist/ is what environments/ and charts/ make: ${made.size} files, checked without a cluster`
      : `dist/ is not what environments/ and charts/ make: ${other.join(', ')}; write it with: npm run synth`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function filesOf(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    names
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => [name.replaceAll('\\', '/'), readFileSync(join(folder, name), 'utf8')]),
  );
}

const remedies = {
  macOS: [
    'Docker Desktop (https://docs.docker.com/desktop/setup/install/mac-install/), or: brew install colima docker docker-buildx && colima start --memory 6',
    'brew install kind',
    'brew install kubectl',
  ],
  Linux: [
    'Docker (https://docs.docker.com/engine/install/), or podman (https://podman.io/docs/installation)',
    'https://kind.sigs.k8s.io/docs/user/quick-start/#installing-from-release-binaries',
    'https://kubernetes.io/docs/tasks/tools/install-kubectl-linux/',
  ],
  WSL2: [
    'Docker Desktop for Windows, with its WSL integration on for this distribution, or Docker in it (https://docs.docker.com/engine/install/)',
    'in this distribution: https://kind.sigs.k8s.io/docs/user/quick-start/#installing-from-release-binaries',
    'in this distribution: https://kubernetes.io/docs/tasks/tools/install-kubectl-linux/',
  ],
  Windows: [
    'wsl --install, then clone this repository and install Node.js within it, and there Docker: https://docs.docker.com/desktop/features/wsl/',
    'within WSL: https://kind.sigs.k8s.io/docs/user/quick-start/#installing-from-release-binaries',
    'within WSL: https://kubernetes.io/docs/tasks/tools/install-kubectl-linux/',
  ],
} as const;

/** Three lines that say what `up` needs on this system, and where it is had. */
export function whatToInstall(platform: NodeJS.Platform = process.platform, kernel = release()): string {
  const isWsl = platform === 'linux' && /microsoft/i.test(kernel);
  const system =
    platform === 'darwin' ? 'macOS' : platform === 'win32' ? 'Windows' : isWsl ? 'WSL2' : 'Linux';
  const [engine, kind, kubectl] = remedies[system];
  return `the rest of up needs, on ${system}:\n  an engine  ${engine}\n  kind       ${kind}\n  kubectl    ${kubectl}`;
}

/**
 * Does what `up` can do where a program is missing, and says what the rest needs.
 *
 * @throws UserError always
 */
export async function upWithoutPrograms(missing: UserError): Promise<never> {
  console.log(await checkDist());
  throw new UserError(`${missing.message}\n${whatToInstall()}`);
}
