import type { Mail, Relay } from './contract.ts';
import { cidrs, host, port, problemWith, text } from './rules.ts';

const sender = text('an address such as a@example.org or Name <a@example.org>, in one line', (value) =>
  /^([^<>@\r\n]+ <[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/.test(value),
);

/** How TLS begins on the ports that have a meaning: begun in the other way, it never does. */
const tlsOnPort: Readonly<Record<number, Relay['tls']>> = { 465: 'implicit', 587: 'starttls' };

/** Values with which no mail can be sent, one sentence each. */
export function mailProblems(mail: Mail): string[] {
  return [
    ...problemWith('mail.sender', mail.sender, sender),
    ...(mail.staging === 'caught' ? [] : relayProblems('mail.staging', mail.staging)),
    ...relayProblems('mail.production', mail.production),
  ];
}

function relayProblems(path: string, relay: Relay): string[] {
  const tls = tlsOnPort[relay.port];
  return [
    ...problemWith(`${path}.host`, relay.host, host),
    ...problemWith(`${path}.port`, relay.port, port),
    ...(tls === undefined || relay.tls === tls
      ? []
      : [`${path}.tls is "${relay.tls}", expected "${tls}", as TLS begins on port ${relay.port}`]),
    ...(relay.cidrs === 'internet' ? [] : problemWith(`${path}.cidrs`, relay.cidrs, cidrs)),
  ];
}
