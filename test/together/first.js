import Sequencer from '@jest/test-sequencer';

/** Runs the files that hold many others first: Jest goes by the size of a file that it has not run yet. */
export default class First extends Sequencer {
  sort(tests) {
    const holdsMany = ({ path }) => path.includes('/together/');
    return super.sort(tests).toSorted((a, b) => Number(holdsMany(b)) - Number(holdsMany(a)));
  }
}
