import { literal } from '../../survey/literal.ts';
import { answerTo, type Question } from '../../survey/question.ts';
import { bad, type Finding, good, warning } from '../finding.ts';
import type { Check, Patient } from '../patient.ts';

/** The check whether the cluster works with what the environment's file says of it, by the same answer as a survey's. */
export function fits(question: Question): Check {
  return { title: question.title, look: (patient) => compare(question, patient) };
}

async function compare(question: Question, { cluster, environment, name }: Patient): Promise<Finding> {
  const answer = await answerTo(question, cluster, environment);
  const { value, otherwise, isRisk = false, orElse } = question;
  if ('why' in answer) {
    const remedy = `ask who runs the cluster ${answer.ask}`;
    return answer.isLacking
      ? bad(`${answer.why}: ${otherwise}`, remedy)
      : warning(`could not be seen: ${answer.why}`, remedy);
  }
  if (answer.fits) return good(answer.how);
  const difference = isRisk ? warning : bad;
  const remedies = [
    `environments/${name}.ts, ${value}: ${answer.value === undefined ? 'leave it out' : literal(answer.value)}; then npm run synth`,
    ...(orElse ? [orElse(cluster, environment)] : []),
  ];
  const said = answer.given === undefined ? 'says nothing of it' : `says ${literal(answer.given)}`;
  return difference(`${answer.how}; the file ${said}: ${otherwise}`, remedies.join('; or '));
}
