import { others } from './order.js';

// To load them takes longer than to run the first file.
if (globalThis.hasFailed) test.todo('The first file has failed.');
else for (const file of others) await import(`../${file}`);
