import { BlockList, isIP } from 'node:net';

/** Networks that are no place on the public internet (IANA special-purpose address registries, RFC 6890). */
const SPECIAL: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];
/** Of IPv6 only global unicast is public; within it, tunnels that end at an IPv4 address, and documentation. */
const GLOBAL_V6: readonly [string, number] = ['2000::', 3];
const SPECIAL_V6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
];

const specialV4 = new BlockList();
for (const [net, bits] of SPECIAL) specialV4.addSubnet(net, bits, 'ipv4');
const globalV6 = new BlockList();
globalV6.addSubnet(...GLOBAL_V6, 'ipv6');
const specialV6 = new BlockList();
for (const [net, bits] of SPECIAL_V6) specialV6.addSubnet(net, bits, 'ipv6');

/**
 * Whether a server at this address may be asked: public ones always, others where the configuration names them.
 *
 * @param allowed addresses and networks: `10.1.2.3`, `10.1.0.0/16`, `fd00::/8`
 * @throws RangeError for one that cannot be read
 */
export function addressPolicy(allowed: readonly string[]): (address: string) => boolean {
  const named = new BlockList();
  for (const entry of allowed) {
    const [net = '', bits] = entry.split('/');
    const family = isIP(net);
    if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) throw new RangeError('no address');
    const type = family === 4 ? 'ipv4' : 'ipv6';
    if (bits === undefined) named.addAddress(net, type);
    else named.addSubnet(net, Number(bits), type);
  }
  return (address) => {
    // ::ffff:10.0.0.1 is 10.0.0.1.
    const plain = mapped(address) ?? address;
    const family = isIP(plain);
    if (family === 0) return false;
    if (named.check(plain, family === 4 ? 'ipv4' : 'ipv6')) return true;
    return family === 4
      ? !specialV4.check(plain, 'ipv4')
      : globalV6.check(plain, 'ipv6') && !specialV6.check(plain, 'ipv6');
  };
}

/** The IPv4 address in an IPv4-mapped one (RFC 4291 2.5.5.2), however it is written. */
function mapped(address: string): string | undefined {
  if (isIP(address) !== 6) return undefined;
  const [, a, b, dotted] =
    /^\[?::ffff:(?:([0-9a-f]{1,4}):([0-9a-f]{1,4})|(\d+\.\d+\.\d+\.\d+))\]?$/.exec(
      new URL(`http://[${address}]`).hostname,
    ) ?? [];
  if (dotted !== undefined) return dotted;
  if (a === undefined || b === undefined) return undefined;
  const number = Number.parseInt(a, 16) * 65_536 + Number.parseInt(b, 16);
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}
