import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '../terminal/user-error.ts';

/** What a build is given to reach the internet from this machine. */
export interface WayOut {
  /** Options of the engine's `build`. */
  readonly options: readonly string[];
  /** Variables that these options name: a proxy's address may hold a password, so it is on no command line. */
  readonly env: Readonly<Record<string, string>>;
}

const authorities = 'NODE_EXTRA_CA_CERTS';

/**
 * The way of a build to the internet: through the proxy that the variables of this machine name, and with the certificate
 * authorities by which Node.js itself, and so `npm ci`, trusts a company's proxy. No image keeps either of them: a proxy
 * is an argument that every engine knows, and the authorities are a secret of stages that no image holds.
 *
 * @throws UserError when there is no such file
 * @see https://docs.docker.com/build/building/variables/#pre-defined-build-arguments and https://docs.docker.com/build/building/secrets/
 */
export function wayOut(variables: NodeJS.ProcessEnv = process.env): WayOut {
  const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => {
    const value = variables[name] || variables[name.toLowerCase()];
    // Not every program reads both: apt reads small letters only.
    return value ? [[name, value] as const, [name.toLowerCase(), value] as const] : [];
  });
  const file = variables[authorities];
  return {
    options: [
      ...proxies.flatMap(([name]) => ['--build-arg', name]),
      ...(file ? ['--secret', `id=ca,src=${readable(file)}`] : []),
    ],
    env: Object.fromEntries(proxies),
  };
}

function readable(file: string): string {
  const path = resolve(file);
  try {
    accessSync(path, constants.R_OK);
  } catch {
    throw new UserError(
      `${authorities} is "${file}", expected a file with certificate authorities (PEM) that you can read\n` +
        'let it name the file that your company gives you, or unset it if there is no company between you and the internet',
    );
  }
  return path;
}
