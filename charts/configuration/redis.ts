import type { Redis } from '../../environments/contract.ts';

/** Folder of Redis' volume. */
export const redisDataPath = '/var/lib/redis';

/** Folder of its certificate, as run-redis knows it. */
export const redisTlsPath = '/run/secrets/tls';

/** Folder of the application's password. */
export const redisPasswordPath = '/run/secrets/redis';

/** Where its own container reaches it, without TLS. */
const socket = '/tmp/redis.sock';

/** A command of Redis, as a shell in its container gives it. */
export function redisCli(command: string): string {
  return `REDISCLI_AUTH=$(cat ${redisPasswordPath}/password) redis-cli -e -s ${socket} ${command}`;
}

/**
 * redis.conf. run-redis writes the file of its users.
 *
 * @see https://redis.io/docs/latest/operate/oss_and_stack/management/config/
 */
export function redisConfiguration(port: number, { memoryMebibytes, storageGibibytes }: Redis): string {
  const settings = {
    // TLS only; the default bind address is every one.
    port: 0,
    'tls-port': port,
    'tls-cert-file': `${redisTlsPath}/tls.crt`,
    'tls-key-file': `${redisTlsPath}/tls.key`,
    'tls-ca-cert-file': `${redisTlsPath}/ca.crt`,
    // Clients have a password.
    'tls-auth-clients': 'no',
    'tls-protocols': 'TLSv1.3',
    'protected-mode': 'no',
    unixsocket: socket,
    unixsocketperm: 700,
    aclfile: '/tmp/users.acl',
    // A full queue refuses tasks. With any other policy it would forget some that wait.
    'maxmemory-policy': 'noeviction',
    // The other half is for connections, and for what changes while the file is rewritten.
    maxmemory: `${Math.floor(memoryMebibytes / 2)}mb`,
    save: '""',
    dir: storageGibibytes === undefined ? '/tmp' : redisDataPath,
    // A task is on the disk before Redis says that it has it.
    ...(storageGibibytes === undefined ? {} : { appendonly: 'yes', appendfsync: 'always' }),
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');
}
