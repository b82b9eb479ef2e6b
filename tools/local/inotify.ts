import { existsSync, readFileSync } from 'node:fs';

/**
 * What kind recommends; the defaults of many distributions are lower, and suffice for one small cluster.
 *
 * @see https://kind.sigs.k8s.io/docs/user/known-issues/#pod-errors-due-to-too-many-open-files
 */
const recommended = { max_user_watches: 524_288, max_user_instances: 512 } as const;

/**
 * Says which limits of this machine on watched files are lower than kind recommends, and what raises them: with too few,
 * pods end with "too many open files".
 *
 * @param folder of Linux; where there is none, the nodes run in a virtual machine that has limits of its own
 * @returns undefined if none is lower
 */
export function inotifyWarning(folder = '/proc/sys/fs/inotify'): string | undefined {
  if (!existsSync(folder)) return undefined;
  const low = Object.entries(recommended).flatMap(([name, least]) => {
    const limit = Number(readFileSync(`${folder}/${name}`, 'utf8'));
    return limit < least ? [{ name: `fs.inotify.${name}`, limit, least }] : [];
  });
  if (low.length === 0) return undefined;
  return (
    `${low.map(({ name, limit }) => `${name} is ${limit}`).join(', ')}: if pods end with "too many open files", raise it with\n` +
    `  sudo sysctl ${low.map(({ name, least }) => `${name}=${least}`).join(' ')}\n` +
    'and, for the time after a restart, put the same into a file of /etc/sysctl.d/'
  );
}
