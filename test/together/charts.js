import { filesBelow } from './files.js';

for (const file of filesBelow('charts', 'environments')) await import(`../${file}`);
