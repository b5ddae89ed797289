import { ERROR, Http2Error } from "./errors.ts";
import { FRAME, frameBytes, MAX_PAYLOAD, readUint32, writeUint32 } from "./frames.ts";
import { DEFAULT_WINDOW, MAX_WINDOW } from "./windows.ts";

/** The settings by their identifiers (RFC 9113 §6.5.2). */
export const SETTING = { tableSize: 1, push: 2, maxStreams: 3, window: 4, maxPayload: 5, maxFields: 6 } as const;

/** What a peer has set of what matters here. */
export interface PeerSettings {
  readonly window: number;
  readonly maxPayload: number;
  readonly maxStreams: number;
}

/** What holds until a peer has sent its settings. */
export const DEFAULT_SETTINGS: PeerSettings = { window: DEFAULT_WINDOW, maxPayload: MAX_PAYLOAD, maxStreams: Number.POSITIVE_INFINITY };

const ENTRY = 6;
const MAX_MAX_PAYLOAD = 2 ** 24 - 1;

/** Encodes a SETTINGS frame. */
export function settingsFrame(values: Readonly<Partial<Record<keyof typeof SETTING, number>>>): Uint8Array {
  const entries = Object.entries(SETTING).flatMap(([name, identifier]) => {
    const value = values[name as keyof typeof SETTING]; // Object.entries() forgets which keys there are.
    return value === undefined ? [] : [{ identifier, value }];
  });
  const payload = new Uint8Array(entries.length * ENTRY);
  for (const [index, { identifier, value }] of entries.entries()) {
    payload[index * ENTRY + 1] = identifier;
    writeUint32(payload, index * ENTRY + 2, value);
  }
  return frameBytes({ type: FRAME.settings, flags: 0, stream: 0, payload });
}

/** Returns the settings with the changes of a frame; unknown ones are ignored. @throws Http2Error when a value is not allowed */
export function changedSettings(before: PeerSettings, payload: Uint8Array): PeerSettings {
  if (payload.length % ENTRY !== 0) throw new Http2Error(ERROR.frameSize, "a SETTINGS frame is not a list of settings");
  let settings = before;
  for (let at = 0; at < payload.length; at += ENTRY) {
    const identifier = readUint32(payload, at) >>> 16;
    settings = withSetting(settings, identifier, readUint32(payload, at + 2));
  }
  return settings;
}

function withSetting(settings: PeerSettings, identifier: number, value: number): PeerSettings {
  switch (identifier) {
    case SETTING.push:
      if (value > 1) throw new Http2Error(ERROR.protocol, "SETTINGS_ENABLE_PUSH is neither 0 nor 1");
      return settings;
    case SETTING.maxStreams:
      return { ...settings, maxStreams: value };
    case SETTING.window:
      if (value > MAX_WINDOW) throw new Http2Error(ERROR.flowControl, "SETTINGS_INITIAL_WINDOW_SIZE is too large");
      return { ...settings, window: value };
    case SETTING.maxPayload:
      if (value < MAX_PAYLOAD || value > MAX_MAX_PAYLOAD) throw new Http2Error(ERROR.protocol, "SETTINGS_MAX_FRAME_SIZE is not allowed");
      return { ...settings, maxPayload: value };
    default:
      return settings;
  }
}
