/** `npm run drill:elasticsearch`: the drills of Elasticsearch only. */
import { Command, Option } from 'commander';
import { environments } from '../../environments/all.ts';
import { readOnlyCluster } from '../../tools/cluster/cluster.ts';
import { confirm } from '../../tools/terminal/ask.ts';
import { UserError } from '../../tools/terminal/user-error.ts';
import { defaultRuns, parse, runsOption, yesOption } from './command-line.ts';
import { elasticsearchStatement, holdElasticsearchDrills } from './elasticsearch.ts';

const { production } = environments;

interface Options {
  readonly namespace: `coped-${string}`;
  readonly runs?: number;
  readonly yes: boolean;
}

const command = new Command('npm run drill:elasticsearch --')
  .description(
    'kill and restart nodes of Elasticsearch in production under a client, and say what that noticed',
  )
  .addOption(new Option('--namespace <name>').default(production.namespace))
  .addOption(runsOption())
  .addOption(yesOption)
  .action(main);

async function main({ namespace, runs = defaultRuns, yes }: Options): Promise<void> {
  const environment = { ...production, namespace };
  const cluster = await readOnlyCluster(undefined);
  await confirm(
    `In the cluster of the context "${cluster.context}" ${elasticsearchStatement(environment, runs)}`,
    yes,
  );
  const failures = await holdElasticsearchDrills(cluster, environment, runs);
  if (failures.length > 0) throw new UserError(failures.join('\n'));
}

await parse(command);
