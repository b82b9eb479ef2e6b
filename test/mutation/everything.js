import { filesBelow } from '../together/files.js';

// It compares with a record of what was made, which every change differs from.
for (const file of filesBelow('charts', 'environments').filter((each) => each !== 'charts/immutable.test.ts'))
  await import(`../${file}`);
