import { inMember, type Member, waitForMembers } from '../postgres-members.ts';
import { UserError } from '../user-error.ts';
import type { Growth } from './plan.ts';
import { replaceVolume, type Work } from './volumes.ts';

/** New volumes for members of Postgres: replicas first, the primary last, after another member has taken over. */
export async function replaceMembers(work: Work, { small }: Growth): Promise<void> {
  const { cluster, environment, timeoutSeconds } = work;
  const { namespace } = environment;
  const count = environment.postgres.members;
  const isSmall = ({ name }: Member) => small.some(({ metadata }) => metadata.name === `data-${name}`);
  const inStep = () => waitForMembers(cluster, namespace, count, timeoutSeconds);
  const before = await inStep();
  for (const replica of before.filter((member) => !member.isPrimary && isSmall(member))) {
    await replaceVolume(work, replica.name);
    await inStep();
  }
  const primary = before.find(({ isPrimary }) => isPrimary);
  if (!primary || !isSmall(primary)) return;
  await inMember(cluster, namespace, primary.name, ['patronictl', 'switchover', '--force']);
  const after = await inStep();
  if (after.some(({ name, isPrimary }) => isPrimary && name === primary.name))
    throw new UserError(`${primary.name} is still the primary, so its volume stays; run this again`);
  await replaceVolume(work, primary.name);
  await inStep();
}
