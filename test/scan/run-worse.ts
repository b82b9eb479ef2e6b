/**
 * `npm run scan:worse`: makes production worse in many ways, one at a time, and fails if the scan does not find one of
 * them. With names of scanners it runs those, instead of the ones that look at manifests everywhere.
 */
import { exceptions } from './exceptions.ts';
import { judge } from './finding.ts';
import { scan } from './scan.ts';
import { checkov } from './scanners/checkov.ts';
import { kubeScore } from './scanners/kube-score.ts';
import { subject } from './subject.ts';
import { addWorsenings, unchanged, worsenings } from './worse.ts';

const { found, failures } = await scan([kubeScore, checkov], subject(addWorsenings));
const { unexplained } = judge(found, exceptions);
const wrong = [...failures];
for (const name of Object.keys(worsenings)) {
  const rules = unexplained
    .filter(({ object }) => object.startsWith(`${name}/`))
    .map(({ scanner, rule }) => `${scanner} ${rule}`);
  console.log(`${name}: ${[...new Set(rules)].join('; ') || 'nothing found'}`);
  if (name === unchanged && rules.length > 0) wrong.push('something is found in production as it is');
  if (name !== unchanged && rules.length === 0)
    wrong.push(`nothing is found when production is made worse: ${name}`);
}
for (const each of wrong) console.error(`error: ${each}`);
process.exitCode = wrong.length > 0 ? 1 : 0;
