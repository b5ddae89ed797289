/** The origin of the mesh config file in messages. */
export const MESH = 'mesh config file "./etc/istio/config/mesh"';

/** An invalid or suspicious input, and its message. */
export interface InputRow {
  readonly what: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly mesh?: string;
  readonly annotations?: string;
  readonly labels?: string;
  readonly override?: string;
  readonly xds?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly profile?: string;
  /** The origin of the value in the message. */
  readonly origin: string;
  /** The value in the message. */
  readonly value: string;
  /** Other parts of the message: the position, the expected value, the remedy. */
  readonly says: readonly string[];
}

/** Returns a row with a ProxyConfig in its variable. */
export const proxyConfig = (what: string, text: string, value: string, ...says: readonly string[]): InputRow => ({
  what,
  env: { PROXY_CONFIG: text },
  origin: "PROXY_CONFIG",
  value,
  says,
});

/** Returns a row with a variable. */
export const variable = (name: string, text: string, value: string, ...says: readonly string[]): InputRow => ({
  what: `${name} of ${text}`,
  env: { [name]: text },
  origin: name,
  value,
  says,
});
