import { Argument, Command, CommanderError, Option } from 'commander';
import { ExecaError } from 'execa';
import { type EnvironmentName, environments } from '../environments/all.ts';
import { ImpossibleValue } from '../environments/rules.ts';
import { validate } from '../environments/validate.ts';
import { defaultTimeoutSeconds } from './cluster/wait.ts';
import { backupKinds } from './commands/backup.ts';
import { formats } from './commands/diff.ts';
import { addImageCommands } from './images/program.ts';
import { environmentNames } from './local/environments.ts';
import { context, envFile, environment, otherCluster, replace, timeout, yes } from './options.ts';
import { explained } from './terminal/misfits.ts';
import { UserError } from './terminal/user-error.ts';

/**
 * Runs one command, and shows what was wrong with it.
 *
 * @returns the exit code of the process
 */
export async function runCommand(arguments_: readonly string[]): Promise<number> {
  try {
    const problems = validate(environments);
    if (problems.length > 0) throw new UserError(problems.join('\n'));
    await commands().parseAsync(arguments_, { from: 'user' });
    return 0;
  } catch (thrown) {
    const error = await explained(thrown);
    if (error instanceof CommanderError) return error.exitCode;
    const isForPeople = [UserError, ExecaError, ImpossibleValue].some((kind) => error instanceof kind);
    if (!(error instanceof Error && isForPeople)) throw error;
    console.error(`\nerror: ${error.message}`);
    return 1;
  }
}

// Each command is loaded when it is called: all of them would make every call, also of another one, wait for a second.
function commands(): Command {
  const program = new Command('npm run').description('COPED on Kubernetes').exitOverride();
  program
    .command('up')
    .description('bring an environment up on the local kind cluster, or on another local cluster')
    .addArgument(new Argument('[environment]', 'its name').choices(environmentNames).default('dev'))
    .addOption(otherCluster())
    .addOption(envFile())
    .addOption(replace())
    .addOption(timeout(defaultTimeoutSeconds, 'how long to wait while nothing gets ready'))
    .addOption(yes())
    .action(async (name: EnvironmentName, options) =>
      (await import('./commands/up.ts')).upCommand(name, options),
    );

  program
    .command('down')
    .description('stop what runs on the local kind cluster, or on another local cluster, and keep the data')
    .addArgument(new Argument('[environment]', 'only this one').choices(environmentNames))
    .addOption(otherCluster())
    .addOption(
      new Option('--delete-data', 'remove the cluster, with the data of every environment in it').default(
        false,
      ),
    )
    .addOption(timeout(600, 'how long the pods of an environment may take to end'))
    .addOption(yes())
    .action(async (name: EnvironmentName | undefined, options) =>
      (await import('./commands/down.ts')).downCommand(name, options),
    );

  program
    .command('object-store')
    .description('run an S3 object store on the local cluster, to try backups')
    .addOption(yes())
    .action(async (options) => (await import('./local/object-store.ts')).objectStoreCommand(options));

  program
    .command('secrets')
    .description("make an environment's Secrets from an env file")
    .addArgument(environment())
    .addOption(envFile())
    .addOption(new Option('--new <file>', 'write a new env file, and do nothing else').conflicts('envFile'))
    .addOption(replace())
    .addOption(context())
    .addOption(yes())
    .action(async (name: EnvironmentName, options) =>
      (await import('./commands/secrets.ts')).secretsCommand(name, options),
    );

  program
    .command('migrate')
    .description('migrate the database of a deployed environment to its version, and show the log')
    .addArgument(environment())
    .addOption(timeout(3600, 'how long to wait for the Job, migrations included'))
    .addOption(new Option('--again', 'run a migration that has succeeded once more').default(false))
    .addOption(context())
    .addOption(yes())
    .action(async (name: EnvironmentName, options) =>
      (await import('./commands/migrate.ts')).migrateCommand(name, options),
    );

  program
    .command('grow')
    .description('make the volumes of a deployed environment as large as its file says')
    .addArgument(environment())
    .addOption(timeout(3600, 'how long one member may take to be in sync again'))
    .addOption(context())
    .addOption(yes())
    .action(async (name: EnvironmentName, options) =>
      (await import('./commands/grow.ts')).growCommand(name, options),
    );

  program
    .command('reindex')
    .description("make a deployed environment's search index equal to its database, and show the log")
    .addArgument(environment())
    .addOption(
      new Option('--force', 'build another index even when the one that serves can be mended').default(false),
    )
    .addOption(timeout(3600, 'how long to wait for the Job'))
    .addOption(context())
    .addOption(yes())
    .action(async (name: EnvironmentName, options) =>
      (await import('./commands/reindex.ts')).reindexCommand(name, options),
    );

  program
    .command('load')
    .description('replace what a database of a deployed environment holds by a dump of another Postgres')
    .addArgument(environment())
    .requiredOption('--dump <file>', 'made by pg_dump --format=custom')
    .addOption(new Option('--database <name>', 'one beside the first, by its name in Postgres'))
    .addOption(context())
    .addOption(yes())
    .action(async (name: EnvironmentName, options) =>
      (await import('./commands/load.ts')).loadCommand(name, options),
    );

  program
    .command('diff')
    .description("say what an environment's manifests in dist/ change, and what an apply of them does")
    .addArgument(environment())
    .addOption(
      new Option(
        '--against <reference>',
        'a commit, branch or tag, or cluster for what runs; by default the commit at which this branch has left main',
      ),
    )
    .addOption(new Option('--format <format>', 'how it is said').choices(formats).default('text'))
    .addOption(context())
    .action(async (name: EnvironmentName, options) =>
      (await import('./commands/diff.ts')).diffCommand(name, options),
    );

  program
    .command('survey')
    .description('look at a cluster, and print the values for the file of an environment')
    .addArgument(environment())
    .addOption(context())
    .action(async (name: EnvironmentName, options) =>
      (await import('./commands/survey.ts')).surveyCommand(name, options),
    );

  program
    .command('doctor')
    .description('look at a deployed environment, and say what is wrong with it and what to do')
    .addArgument(environment())
    .addOption(
      new Option('--before', 'look at a cluster instead, before the environment is deployed to it').default(
        false,
      ),
    )
    .addOption(context())
    .addOption(yes())
    .action(async (name: EnvironmentName, options) =>
      options.before
        ? (await import('./commands/doctor-before.ts')).doctorBeforeCommand(name, options)
        : (await import('./commands/doctor.ts')).doctorCommand(name, options),
    );

  program
    .command('check-application')
    .description(
      "check the Django project in docker/web against the application's contract, in dev's web pod",
    )
    .addOption(context())
    .action(async (options) =>
      (await import('./commands/check-application.ts')).checkApplicationCommand(options),
    );

  program
    .command('backup')
    .description("back a deployed environment's database up now, and show the log")
    .addArgument(environment())
    .addOption(new Option('--kind <kind>', 'what is copied').choices(backupKinds).default('incremental'))
    .addOption(timeout(6 * 3600, 'how long to wait for the Job'))
    .addOption(context())
    .addOption(yes())
    .action(async (name: EnvironmentName, options) =>
      (await import('./commands/backup.ts')).backupCommand(name, options),
    );

  program
    .command('backups')
    .description('list the backups of an environment, and to which times it can be restored')
    .addArgument(environment())
    .addOption(context())
    .addOption(yes())
    .action(async (name: EnvironmentName, options) =>
      (await import('./commands/backups.ts')).backupsCommand(name, options),
    );

  program
    .command('restore')
    .description(
      'restore the database of an environment into a new volume, check it, and put it in the place of the old one',
    )
    .addArgument(environment())
    .requiredOption('--to <time>', 'latest, or a time with its zone such as 2027-01-31T14:05:00+01:00')
    .addOption(
      new Option('--set <label>', 'the backup to start from, instead of the newest one before the time'),
    )
    .addOption(new Option('--discard-newer', 'put aside what is newer than the restore point').default(false))
    .addOption(timeout(6 * 3600, 'how long to wait for each step'))
    .addOption(context())
    .addOption(yes())
    .action(async (name: EnvironmentName, options) =>
      (await import('./commands/restore.ts')).restoreCommand(name, options),
    );

  addImageCommands(program);
  return program;
}
