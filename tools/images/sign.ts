import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../terminal/programs.ts';
import { type Published, platforms } from './registry.ts';

/** Who signs: a workflow on GitHub, by its short-lived identity, or a key in a file. */
export type Signer = { readonly workflow: string } | { readonly keyFile: string };

/** The authority that vouches for a workflow's identity. */
const issuer = 'https://token.actions.githubusercontent.com';

/**
 * Signs an image, and states what is in it: a list of its packages (SPDX) for each platform. Then verifies both, as
 * somebody who pulls the image would.
 *
 * @see https://docs.sigstore.dev/cosign/signing/signing_with_containers/
 */
export async function signAndVerify(repository: string, image: Published, signer: Signer): Promise<void> {
  const name = (digest: string) => `${repository}@${digest}`;
  await run('cosign', ['sign', '--yes', ...signOptions(signer), name(image.digest)]);
  const folder = mkdtempSync(join(tmpdir(), 'sbom-'));
  try {
    for (const platform of platforms) {
      const of = name(image.manifests[platform]);
      const file = join(folder, 'sbom.spdx.json');
      writeFileSync(file, await run('syft', ['scan', `registry:${of}`, '--quiet', '--output', 'spdx-json']));
      const statement = ['--type', 'spdxjson', '--predicate', file];
      await run('cosign', ['attest', '--yes', ...signOptions(signer), ...statement, of]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  await verify(repository, image, signer);
}

/** Verifies the signature of an image, and the statements about its content. */
async function verify(repository: string, image: Published, signer: Signer): Promise<void> {
  await run('cosign', ['verify', ...verifyOptions(signer), `${repository}@${image.digest}`]);
  for (const platform of platforms) {
    const of = `${repository}@${image.manifests[platform]}`;
    await run('cosign', ['verify-attestation', ...verifyOptions(signer), '--type', 'spdxjson', of]);
  }
}

// A key is for a registry of one's own: nothing of it goes into the public log of signatures.
function signOptions(signer: Signer): string[] {
  return 'keyFile' in signer
    ? ['--key', signer.keyFile, '--tlog-upload=false', '--use-signing-config=false']
    : [];
}

function verifyOptions(signer: Signer): string[] {
  return 'keyFile' in signer
    ? ['--key', signer.keyFile.replace(/\.key$/, '.pub'), '--insecure-ignore-tlog']
    : ['--certificate-identity', signer.workflow, '--certificate-oidc-issuer', issuer];
}
