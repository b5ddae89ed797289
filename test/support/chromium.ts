import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The headless browser, a package of Debian. */
export const CHROMIUM = "chromium";

/** How a page is opened. */
export interface View {
  readonly width: number;
  readonly height: number;
  readonly scheme: "light" | "dark";
  readonly scripts: boolean;
}

/** One page in a headless browser. */
export interface Tab {
  /** Evaluates an expression in the page and returns its value as JSON. */
  readonly evaluate: (expression: string) => Promise<unknown>;
  /** Returns the processor time of the page's main thread so far, in milliseconds. */
  readonly threadTime: () => Promise<number>;
  /** Presses a key as a person does; `text`: what it types. */
  readonly press: (key: string, modifiers?: number) => Promise<void>;
  readonly type: (text: string) => Promise<void>;
  readonly moveTo: (x: number, y: number) => Promise<void>;
  /** Returns the picture of what is seen, as PNG. */
  readonly screenshot: () => Promise<Uint8Array>;
  /** Returns the page printed on paper, as PDF. */
  readonly print: () => Promise<Uint8Array>;
  /** The errors and refused requests that the page had so far. */
  readonly complaints: readonly string[];
  readonly close: () => Promise<void>;
}

export interface Browser {
  readonly open: (url: string, view: View) => Promise<Tab>;
  readonly close: () => Promise<void>;
}

type Message = Readonly<Record<string, unknown>>;

/** Starts the browser, driven by the DevTools protocol over a socket. */
export async function openBrowser(): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), "attache-chromium-"));
  const child = Bun.spawn(
    [
      CHROMIUM,
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--hide-scrollbars",
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      "about:blank",
    ],
    { stdin: "ignore", stdout: "ignore", stderr: "pipe", detached: true },
  );
  const socket = await connect(await addressIn(child.stderr));
  return {
    open: (url, view) => openTab(socket, url, view),
    async close() {
      await socket.call("Browser.close", {});
      await child.exited;
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** Returns the address that the browser prints when it listens. */
async function addressIn(output: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const piece of output) {
    text += Buffer.from(piece).toString();
    const [, address] = /DevTools listening on (\S+)/.exec(text) ?? [];
    if (address !== undefined) return address;
  }
  throw new Error(`Chromium does not start: ${text}`);
}

interface Socket {
  readonly call: (method: string, parameters: Message, session?: string) => Promise<Message>;
  /** Calls back for every event of a session. */
  readonly listen: (session: string, heard: (method: string, parameters: Message) => void) => void;
}

async function connect(address: string): Promise<Socket> {
  const socket = new WebSocket(address);
  const waiting = new Map<number, { readonly resolve: (result: Message) => void; readonly reject: (error: Error) => void }>();
  const listeners = new Map<string, (method: string, parameters: Message) => void>();
  let last = 0;
  socket.addEventListener("message", ({ data }) => {
    // The protocol has objects only.
    const message = JSON.parse(String(data)) as {
      id?: number;
      sessionId?: string;
      method?: string;
      params?: Message;
      result?: Message;
      error?: Message;
    };
    if (message.id === undefined) listeners.get(message.sessionId ?? "")?.(message.method ?? "", message.params ?? {});
    else if (message.error !== undefined) waiting.get(message.id)?.reject(new Error(JSON.stringify(message.error)));
    else waiting.get(message.id)?.resolve(message.result ?? {});
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", reject);
  });
  return {
    call(method, params, sessionId) {
      const id = ++last;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        socket.send(JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }));
      });
    },
    listen: (session, heard) => void listeners.set(session, heard),
  };
}

async function openTab(socket: Socket, url: string, { width, height, scheme, scripts }: View): Promise<Tab> {
  const { targetId } = await socket.call("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await socket.call("Target.attachToTarget", { targetId, flatten: true });
  const session = String(sessionId);
  const call = (method: string, parameters: Message = {}) => socket.call(method, parameters, session);
  const complaints: string[] = [];
  const loaded = Promise.withResolvers<void>();
  socket.listen(session, (method, parameters) => {
    if (method === "Page.loadEventFired") loaded.resolve();
    if (method === "Log.entryAdded" || method === "Runtime.exceptionThrown") complaints.push(JSON.stringify(parameters));
    if (method === "Network.requestWillBeSent" && parameters["documentURL"] !== (parameters["request"] as Message)["url"])
      complaints.push(JSON.stringify(parameters["request"]));
  });
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await call(`${domain}.enable`);
  await call("Performance.enable", { timeDomain: "threadTicks" });
  await call("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
  await call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
  await call("Emulation.setScriptExecutionDisabled", { value: !scripts });
  await call("Page.navigate", { url });
  await loaded.promise;
  const pressed = async (key: string, modifiers: number) => {
    const text = key === "Enter" ? "\r" : key.length === 1 ? key : undefined;
    await call("Input.dispatchKeyEvent", { type: "keyDown", key, modifiers, ...CODES[key], ...(text === undefined ? {} : { text }) });
    await call("Input.dispatchKeyEvent", { type: "keyUp", key, modifiers, ...CODES[key] });
  };
  return {
    complaints,
    async evaluate(expression) {
      const { result, exceptionDetails } = await call("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
      return (result as Message)["value"];
    },
    async threadTime() {
      // The protocol has a list of metrics in seconds.
      const { metrics } = (await call("Performance.getMetrics")) as { metrics: readonly { name: string; value: number }[] };
      return 1000 * (metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN);
    },
    press: (key, modifiers = 0) => pressed(key, modifiers),
    type: async (text) => void (await call("Input.insertText", { text })),
    moveTo: async (x, y) => void (await call("Input.dispatchMouseEvent", { type: "mouseMoved", x, y })),
    screenshot: async () => Buffer.from(String((await call("Page.captureScreenshot", { format: "png" }))["data"]), "base64"),
    print: async () => Buffer.from(String((await call("Page.printToPDF", {}))["data"]), "base64"),
    close: async () => void (await socket.call("Target.closeTarget", { targetId })),
  };
}

/** The codes of keys that type nothing. */
const CODES: Readonly<Record<string, Message>> = {
  ArrowDown: { windowsVirtualKeyCode: 40 },
  ArrowUp: { windowsVirtualKeyCode: 38 },
  ArrowLeft: { windowsVirtualKeyCode: 37 },
  ArrowRight: { windowsVirtualKeyCode: 39 },
  Home: { windowsVirtualKeyCode: 36 },
  End: { windowsVirtualKeyCode: 35 },
  Escape: { windowsVirtualKeyCode: 27 },
  Tab: { windowsVirtualKeyCode: 9 },
  Enter: { windowsVirtualKeyCode: 13 },
};
