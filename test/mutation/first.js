import { first } from './order.js';

await import(`../${first}`);
