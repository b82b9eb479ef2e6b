import type { Exception } from '../exceptions.ts';

/** What the scanners find in programs. */
export const programs: readonly Exception[] = [
  {
    rules: { bandit: ['B404', 'B603', 'B607'] },
    objects: [
      'docker/postgres/backup/recovery.py',
      'docker/postgres/backup/repository.py',
      'docker/postgres/backup/serve-backups',
      'docker/postgres/member/postgres-member',
    ],
    reason:
      'These start the programs of Postgres and pgBackRest, with lists of arguments and without a shell. The PATH is that of an image whose root file system is read-only.',
  },
  {
    rules: { bandit: ['B404', 'B603'] },
    objects: ['docker/web/dev/questions.py', 'docker/web/dev/rerun.py'],
    reason:
      'They run the commands that the manifest of dev and environments/application.ts name, as lists of arguments and without a shell. The image of production does not have them.',
  },
  {
    rules: { bandit: ['B310'] },
    objects: ['docker/credentials/renew-certificates', 'docker/postgres/member/api.py'],
    reason:
      'The addresses are those of the Kubernetes API and of Patroni, with https:// before them in the source or as Patroni writes it; certificates are checked.',
  },
  {
    rules: { bandit: ['B108'] },
    objects: ['docker/postgres/backup/recovery.py', 'docker/web/gunicorn.conf.py'],
    reason: '/tmp is a volume of this one pod, in which every process has the same user.',
  },
  {
    rules: { bandit: ['B608'] },
    objects: ['docker/postgres/backup/rows.py'],
    reason: 'Postgres itself has quoted the name of the table, which no placeholder can stand for.',
  },
  {
    rules: { bandit: ['B308', 'B703'] },
    objects: ['docker/web/app/projects/search.py'],
    reason: 'The highlighter of Elasticsearch has escaped the text, except for its own `<mark>`.',
  },
  {
    rules: { bandit: ['B104', 'B106'] },
    objects: ['docker/web/dev/live.py'],
    reason:
      'The development server of dev has to be reached from outside of its pod; a policy says from where. The key is that of a page which shows why the settings cannot be loaded.',
  },
  {
    rules: { django: ['security.W005', 'security.W021'] },
    objects: ['*'],
    reason:
      'Whoever owns the domain decides for its subdomains, and whether browsers are to have it in their lists: neither can be undone soon.',
  },
];
