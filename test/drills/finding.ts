import { examineOnly } from '../../tools/commands/doctor.ts';
import type { Finding } from '../../tools/doctor/finding.ts';
import type { Target } from './target.ts';

/** What one of the doctor's checks finds now, if it has the given level; otherwise undefined. */
export async function doctorFinds(
  { cluster, environment }: Target,
  title: string,
  level: Finding['level'],
): Promise<string | undefined> {
  const patient = { cluster, environment, name: environment.kind, now: new Date() };
  const finding = await examineOnly(title, patient);
  return finding.level === level ? finding.detail : undefined;
}
