import { Argument, InvalidArgumentError, Option } from 'commander';
import { environmentNames } from './local/environments.ts';

// Arguments and options that several commands take.
export const environment = () => new Argument('<environment>', 'its name').choices(environmentNames);
export const envFile = () =>
  new Option(
    '--env-file <file>',
    'the credentials that you provide; npm run secrets -- ENVIRONMENT --new FILE makes one',
  );
export const yes = () => new Option('-y, --yes', 'answer yes to every question').default(false);
export const context = () =>
  new Option('--context <name>', 'the context of kubectl to use, instead of the current one');
export const otherCluster = () =>
  new Option(
    '--context <name>',
    'the context of another local cluster: of kind, minikube, k3d, Docker Desktop, Rancher Desktop or colima',
  );
export const timeout = (seconds: number, what: string) =>
  new Option('--timeout <seconds>', what).default(seconds).argParser(wholeSeconds);
export const replace = () =>
  new Option('--replace', 'replace Secrets that hold another value').default(false);

function wholeSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 1)
    throw new InvalidArgumentError('it must be a whole number of seconds, at least 1.');
  return seconds;
}
