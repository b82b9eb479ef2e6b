import type { Application } from '../../environments/contract.ts';

/** The arguments with which docker/web/Dockerfile builds this application; the others keep their defaults. */
export function buildArguments(application: Application): Readonly<Record<string, string>> {
  const { settingsModule, settings = {}, image = {} } = application;
  const values = {
    SETTINGS_MODULE: settingsModule,
    BUILD_SETTINGS: Object.entries(settings)
      // A build knows no credential, and the collected files depend on none.
      .map(([name, value]) => `${name}=${quoted(typeof value === 'string' ? value : 'none')}`)
      .join(' '),
    DEBIAN: image.debian,
    SYSTEM_PACKAGES: image.systemPackages?.join(' '),
    BUILD_PACKAGES: image.buildPackages?.join(' '),
    NO_BINARY: image.builtFromSource?.join(','),
    TITLE: image.title,
    DESCRIPTION: image.description,
    LICENSES: image.licenses,
    SOURCE: image.source,
  };
  // An empty list is the default too.
  return Object.fromEntries(
    Object.entries(values).filter((pair): pair is [string, string] => Boolean(pair[1])),
  );
}

/** A value as `env --split-string` reads it. */
function quoted(value: string): string {
  return `'${value.replaceAll(/['\\]/g, '\\$&')}'`;
}
