import { TestEnvironment } from 'jest-environment-node';

/** Whether a test has failed since a mutant's first file was loaded, or that file cannot be loaded. */
let hasFailed = false;

/** A mutant is killed by the first test that fails, so the rest are skipped. */
export default class FirstFailure extends TestEnvironment {
  #isFirst;

  constructor(config, context) {
    super(config, context);
    this.#isFirst = context.testPath.endsWith('first.js');
    this.global.hasFailed = hasFailed;
    if (this.#isFirst) hasFailed = true;
  }

  handleTestEvent({ name, test }) {
    if (name === 'run_start' && this.#isFirst) hasFailed = false;
    if (name === 'test_fn_failure') hasFailed = true;
    if (name === 'test_start' && hasFailed) test.mode = 'skip';
  }
}
