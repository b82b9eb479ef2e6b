import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';

/**
 * Prints the schema of a custom resource as the tests and kubeconform read it: every object is closed, so that a misspelt
 * field is an error, and nothing is described. imports/README.md says when.
 *
 * Usage: node --import tsx test/schemas/from-crd.ts CRD-FILE VERSION
 */
interface Definition {
  readonly spec: {
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

type Schema = { readonly [key: string]: unknown; readonly properties?: Readonly<Record<string, Schema>> };

function closed({ description: _, properties, items, additionalProperties, ...others }: Schema): Schema {
  const kept = Object.entries(others).filter(([key]) => !key.startsWith('x-kubernetes-'));
  const isOpen = properties === undefined || Object.keys(properties).length === 0;
  return {
    ...Object.fromEntries(kept),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, closed(each)])),
    }),
    ...(isOpen
      ? additionalProperties !== undefined && { additionalProperties }
      : { additionalProperties: false }),
    ...(items !== undefined && { items: closed(items as Schema) }),
  };
}

const [file = '', wanted] = process.argv.slice(2);
const [definition] = loadAll(readFileSync(file, 'utf8')) as Definition[];
const version = definition?.spec.versions.find(({ name }) => name === wanted);
if (!version) throw new Error(`${file} has no version ${wanted}`);
// The schema says of metadata that it is an object: what is in it is the same for every kind.
console.log(JSON.stringify(closed(version.schema.openAPIV3Schema), undefined, 2));
