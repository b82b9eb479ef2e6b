import { checks, type Finding } from '../../tools/doctor.ts';
import type { Target } from './target.ts';

/** What one of the doctor's checks finds now, if that is of the level; else undefined. */
export async function doctorFinds(
  { cluster, environment }: Target,
  title: string,
  level: Finding['level'],
): Promise<string | undefined> {
  const check = checks.find((each) => each.title === title);
  if (check === undefined) throw new Error(`the doctor has no check "${title}"`);
  const finding = await check.look({ cluster, environment, name: environment.kind, now: new Date() });
  return finding.level === level ? finding.detail : undefined;
}
