import type { FlagValues } from "../cli/flag.ts";
import type { Notice } from "../common/notice.ts";
import type { PodTexts } from "../inputs/downward-api.ts";
import type { Values } from "../inputs/environment.ts";
import type { Inputs } from "../inputs/inputs.ts";
import type { Annotations } from "../settings/annotations.ts";
import type { MessageOf } from "../settings/message-of.ts";
import type { Sources } from "../settings/source.ts";
import type { InvocationOf } from "./invocation.ts";
import type { CommonTables, Tables } from "./tables.ts";

/** All settings of a start, before the machine has answered any question. */
export type Settings<Of extends Tables = CommonTables> = SettingsOf<
  MessageOf<Of["proxyConfig"]>,
  FlagValues<Of["flags"]>,
  Values<Of["variables"]>,
  Of["rules"]
>;

/** The same by the types of its members, so that the settings of one release are assignable to those of any release. */
interface SettingsOf<Config, Flags, Variables, Rules> {
  readonly invocation: InvocationOf<Flags>;
  readonly inputs: Inputs;
  readonly role: string;
  readonly labels: PodTexts | undefined;
  readonly annotations: Annotations | undefined;
  /** The ProxyConfig after all layers and flags, not validated. */
  readonly merged: Config;
  /** What set each field, for messages. */
  readonly sources: Sources<keyof Config & string>;
  /** The values of the release's variables. */
  readonly variables: Variables;
  /** Returns the text of a variable; undefined where it is not set. */
  readonly variableText: (name: keyof Variables & string) => string | undefined;
  /** The rules of the release. */
  readonly rules: Rules;
  readonly notices: readonly Notice[];
}
