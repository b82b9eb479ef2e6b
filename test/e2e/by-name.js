import Sequencer from '@jest/test-sequencer';

/** Runs the files in the order of their names, where Jest would start with the slowest. */
export default class ByName extends Sequencer {
  sort(tests) {
    return tests.toSorted((a, b) => a.path.localeCompare(b.path));
  }
}
