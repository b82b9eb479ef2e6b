import { expect, test } from '@jest/globals';
import { answerOf } from './programs.ts';

const node = (code: string) => [process.execPath, ['--eval', code]] as const;

test('a scanner that found something has done its work', async () => {
  const [program, arguments_] = node('console.log("[]"); process.exitCode = 1');
  await expect(answerOf(program, arguments_, { exitCodes: [0, 1] })).resolves.toMatchObject({ stdout: '[]' });
});

test('a scanner that ended otherwise has failed, with what it said', async () => {
  const [program, arguments_] = node('console.error("no database"); process.exitCode = 1');
  await expect(answerOf(program, arguments_)).rejects.toThrow(/exit code 1.*\nno database$/);
});

test('a scanner that is not there has failed', async () => {
  await expect(answerOf('no-such-scanner', [])).rejects.toThrow('no-such-scanner');
});
