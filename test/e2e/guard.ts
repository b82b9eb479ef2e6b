import { execa } from 'execa';

/** The variable whose value `yes` allows the tests to delete what they find. */
const permission = 'E2E_DELETE_DATA';

/**
 * The tests delete and make anew every environment that they test. Where one is already, with somebody's data, that
 * needs a yes.
 */
export default async function guard(): Promise<void> {
  const { stdout } = await execa('kubectl', [
    'get',
    'namespaces',
    '--selector',
    'app.kubernetes.io/part-of=coped',
    '--output',
    'name',
  ]);
  if (stdout === '' || process.env[permission] === 'yes') return;
  const { stdout: context } = await execa('kubectl', ['config', 'current-context']);
  throw new Error(
    `the end-to-end tests delete these, with all their data, in the cluster of the context "${context}":\n` +
      `${stdout}\nnothing was changed; to allow it: ${permission}=yes npm run e2e`,
  );
}
