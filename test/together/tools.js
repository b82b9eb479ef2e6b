import { filesBelow } from './files.js';

for (const file of filesBelow('tools')) await import(`../${file}`);
