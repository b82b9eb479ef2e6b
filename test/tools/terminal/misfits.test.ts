import { expect, test } from '@jest/globals';
import { explained, misfits } from '../../../tools/terminal/misfits.ts';

const output = `charts/argo-cd.ts(27,9): error TS2322: Type 'A' is not assignable to type 'Environment'.
environments/all.ts(11,3): error TS2322: Type 'A' is not assignable to type 'Environment'.
  The types of 'application.processes' are incompatible between these types.
    Property 'alive' is missing in type 'B' but required in type 'Worker'.
environments/application.ts(17,3): error TS1360: Type 'C' does not satisfy the expected type 'Application'.
  Types of property 'processes' are incompatible.
    Property 'alive' is missing in type 'B' but required in type 'Worker'.
environments/staging.ts(9,3): error TS2322: Type 'number' is not assignable to type 'string'.
`;

test('says the innermost reason of each error once, and where it is in the application', () => {
  expect(misfits(output)).toEqual([
    "environments/application.ts(17,3): Property 'alive' is missing in type 'B' but required in type 'Worker'.",
    "environments/staging.ts(9,3): Type 'number' is not assignable to type 'string'.",
  ]);
});

test('leaves an error of another kind as it is', async () => {
  const error = new Error('the cluster does not answer');
  expect(await explained(error)).toBe(error);
});
