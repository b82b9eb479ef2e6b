import { type Finding, good, warning } from './finding.ts';
import type { Patient } from './patient.ts';

/** Who backs the uploads up: the backups of Postgres do not hold them. */
export async function uploads({ environment }: Pick<Patient, 'environment'>): Promise<Finding> {
  const by = environment.application.media?.backedUpBy;
  return by === undefined
    ? warning(
        'the backups of Postgres do not hold them, and nobody else backs them up',
        'do what docs/volumes.md says under "Uploads", and say who does it: media.backedUpBy in environments/application.ts',
      )
    : good(`not in the backups of Postgres; backed up by ${by}`);
}
