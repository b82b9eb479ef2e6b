import { inMember, type Member, waitForMembers } from '../postgres/members.ts';
import { UserError } from '../terminal/user-error.ts';
import type { Growth } from './plan.ts';
import { replaceVolume, type Work } from './volumes.ts';

/** New volumes for members of Postgres: replicas first, the primary last, after another member has taken over. */
export async function replaceMembers(work: Work, { small }: Growth): Promise<void> {
  const { cluster, environment, timeoutSeconds } = work;
  const { namespace } = environment;
  const left = new Set(small.map(({ metadata }) => metadata.name.replace(/^data-/, '')));
  let handedOver: string | undefined;
  for (;;) {
    // Asked each time: another member may have taken over, and the primary's volume has the newest data.
    const members = await waitForMembers(cluster, namespace, environment.postgres.members, timeoutSeconds);
    const next = nextToReplace(members, left);
    if (next === undefined) return;
    if (!next.isPrimary) {
      await replaceVolume(work, next.name);
      left.delete(next.name);
    } else if (next.name === handedOver) {
      throw new UserError(
        `${next.name} is the primary although it handed over, so its volume stays; run this again`,
      );
    } else {
      await inMember(cluster, namespace, next.name, ['patronictl', 'switchover', '--force']);
      handedOver = next.name;
    }
  }
}

/** The primary only if no other member is left. */
function nextToReplace(members: readonly Member[], left: ReadonlySet<string>): Member | undefined {
  const small = members.filter(({ name }) => left.has(name));
  return small.find(({ isPrimary }) => !isPrimary) ?? small[0];
}
