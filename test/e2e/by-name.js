import { basename } from 'node:path';
import Sequencer from '@jest/test-sequencer';

/** Runs those of nightly/ last, and all in the order of their numbers, where Jest would start with the slowest. */
export default class ByName extends Sequencer {
  sort(tests) {
    const key = ({ path }) => `${path.includes('/nightly/')} ${basename(path)}`;
    return tests.toSorted((a, b) => key(a).localeCompare(key(b)));
  }
}
