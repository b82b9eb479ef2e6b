import { expect, test } from '@jest/globals';
import { production } from '../../../environments/production.ts';
import { good } from '../../../tools/doctor/finding.ts';
import { bad, failed, found } from '../../lib/doctor.ts';
import { application } from '../../second-application/application.ts';

const environment = { ...production, application };
const tasks = (answer: string | Error) => found('tasks', { check_tasks: answer }, environment);

test('the last line of what the application says is shown', async () => {
  expect(await tasks('looked at 7 tasks\nno task has failed\n')).toEqual(good('no task has failed'));
});

test('what it finds wrong is shown, with the command that says more', async () => {
  const answer = await failed('Traceback: …', '2 tasks\nthe task fetch failed: no answer\n');
  expect(await tasks(answer)).toEqual(
    bad(
      /^the task fetch failed: no answer$/,
      /^kubectl --context test --namespace coped-production exec deployment\/web --container web -- python manage\.py check_tasks$/,
    ),
  );
});

test('a command that says nothing could not be asked', async () => {
  expect(await tasks(await failed('Unknown command: check_tasks'))).toEqual(
    bad(/^could not be asked: Unknown command: check_tasks$/, ''),
  );
});
