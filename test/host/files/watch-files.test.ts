import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { digestFiles } from "../../../src/host/files/digest-files.ts";
import { watchFiles } from "../../../src/host/files/watch-files.ts";

const DEBOUNCE = 20;
const root = mkdtempSync(join(tmpdir(), "attache-watch-"));
const stops: (() => void)[] = [];
afterAll(() => {
  for (const stop of stops) stop();
  rmSync(root, { recursive: true, force: true });
});

let places = 0;
function place(): string {
  places += 1;
  const path = join(root, String(places));
  mkdirSync(path);
  return path;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** How often a change was reported, and a wait for the next report. */
function watching(paths: readonly string[], debounce = DEBOUNCE) {
  let reports = 0;
  let wake = () => {};
  const problems: string[] = [];
  const stop = watchFiles(
    paths,
    () => {
      reports += 1;
      wake();
    },
    { debounce, warn: (problem) => void problems.push(problem) },
  );
  stops.push(stop);
  const next = async () => {
    const before = reports;
    const limit = Promise.withResolvers<never>();
    const timer = setTimeout(() => limit.reject(new Error(`No report after ${before}`)), 30_000);
    while (reports === before)
      await Promise.race([
        new Promise<void>((resolve) => {
          wake = resolve;
        }),
        limit.promise,
      ]);
    clearTimeout(timer);
  };
  return { reports: () => reports, next, stop, problems };
}

/** Makes a change and waits for its report; the files stay watched. */
async function reported(watch: ReturnType<typeof watching>, change: () => void): Promise<void> {
  const next = watch.next();
  change();
  await next;
}

/** Files as the kubelet mounts them: each is a link into `..data`, which is a link to the current directory. */
function kubelet(directory: string, name: string) {
  let day = 0;
  return (text: string) => {
    day += 1;
    write(join(directory, `..day${day}`, name), text);
    symlinkSync(`..day${day}`, join(directory, "..data_tmp"));
    renameSync(join(directory, "..data_tmp"), join(directory, "..data"));
    if (day === 1) symlinkSync(join("..data", name), join(directory, name));
    else rmSync(join(directory, `..day${day - 1}`), { recursive: true });
  };
}

describe("watchFiles reports", () => {
  test("a change in place, a replacement by rename, a removal and a new file", async () => {
    const file = join(place(), "cert.pem");
    write(file, "1");
    const watch = watching([file]);
    await reported(watch, () => writeFileSync(file, "2"));
    write(`${dirname(file)}/.new`, "3");
    await watch.next();
    await reported(watch, () => renameSync(`${dirname(file)}/.new`, file));
    await reported(watch, () => rmSync(file));
    await reported(watch, () => writeFileSync(file, "4"));
  });

  test("every update by the kubelet", async () => {
    const directory = place();
    const swap = kubelet(directory, "cert.pem");
    swap("0");
    const file = join(directory, "cert.pem");
    const watch = watching([file]);
    for (const text of ["1", "2", "3"]) {
      const before = digestFiles([file]);
      await reported(watch, () => swap(text));
      expect(digestFiles([file])).not.toBe(before);
    }
  });

  test("a directory that is created later, at once or level by level", async () => {
    const directory = place();
    const watch = watching([join(directory, "a/b/c/cert.pem")]);
    await reported(watch, () => write(join(directory, "a/b/c/cert.pem"), "1"));
    await reported(watch, () => write(join(directory, "a/b/c/cert.pem"), "2"));
    const other = watching([join(directory, "x/y/cert.pem")]);
    mkdirSync(join(directory, "x"));
    await reported(other, () => write(join(directory, "x/y/cert.pem"), "1"));
    await reported(other, () => writeFileSync(join(directory, "x/y/cert.pem"), "2"));
  });

  test("a directory that is removed and created again", async () => {
    const directory = place();
    const file = join(directory, "certs/cert.pem");
    write(file, "1");
    const watch = watching([file]);
    await reported(watch, () => rmSync(dirname(file), { recursive: true }));
    await reported(watch, () => write(file, "2"));
    await reported(watch, () => writeFileSync(file, "3"));
  });

  test("a directory that is removed and created again before it is looked at, which may have the same inode", async () => {
    const file = join(place(), "certs/cert.pem");
    write(file, "1");
    const watch = watching([file]);
    await reported(watch, () => {
      rmSync(dirname(file), { recursive: true });
      write(file, "2");
    });
    await reported(watch, () => writeFileSync(file, "3"));
  });

  test("a directory that is replaced", async () => {
    const directory = place();
    const file = join(directory, "certs/cert.pem");
    write(file, "1");
    write(join(directory, "new/cert.pem"), "2");
    const watch = watching([file]);
    await reported(watch, () => {
      renameSync(join(directory, "certs"), join(directory, "old"));
      renameSync(join(directory, "new"), join(directory, "certs"));
    });
    await reported(watch, () => writeFileSync(file, "3"));
  });

  test("all changes within the debounce time once, for any of the files", async () => {
    const directory = place();
    const files = ["cert.pem", "key.pem", "cert.pem"].map((name) => join(directory, name));
    const watch = watching([...files, join(directory, "other/ca.pem")], 300);
    const next = watch.next();
    for (const file of [...files, join(directory, "other/ca.pem")]) write(file, "1");
    await next;
    expect(watch.reports()).toBe(1);
    await reported(watch, () => write(join(directory, "key.pem"), "2"));
    expect(watch.reports()).toBe(2);
  });

  test("no changes of other files, and nothing after the end", async () => {
    const directory = place();
    const file = join(directory, "certs/cert.pem");
    write(file, "1");
    const watch = watching([file]);
    const ended = watching([file]);
    ended.stop();
    write(join(directory, "beside.pem"), "1");
    write(join(directory, "other/cert.pem"), "1");
    // Another watch reports a later change from the same kernel queue, so all earlier ones have been processed.
    const witness = watching([join(directory, "other/cert.pem")]);
    await reported(witness, () => write(join(directory, "other/cert.pem"), "2"));
    expect([watch.reports(), ended.reports()]).toEqual([0, 0]);
    await reported(watch, () => writeFileSync(file, "2"));
    expect([watch.reports(), ended.reports(), watch.problems]).toEqual([1, 0, []]);
  });
});

describe("digestFiles", () => {
  const directory = place();
  write(join(directory, "a"), "one");
  write(join(directory, "b"), "two");
  const at = (...names: readonly string[]) => names.map((name) => join(directory, name));
  const sha = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest("hex");
  test.each([
    ["nothing", [], ""],
    ["the contents in order", at("a", "b"), "onetwo"],
    ["the order given", at("b", "a"), "twoone"],
    ["missing files and directories as nothing", at("a", "missing", "", "b"), "onetwo"],
  ])("digests %s", (_, paths, text) => {
    expect(digestFiles(paths)).toBe(sha(text));
  });
});

test("continuous changes are reported too, because the time starts with the first one", async () => {
  const path = join(place(), "file");
  write(path, "0");
  const watch = watching([path], 1_500);
  const next = watch.next();
  let writes = 0;
  // Much shorter than the time from a change to its report.
  const writing = setInterval(() => write(path, String(++writes)), 20);
  try {
    await next;
    expect(writes).toBeGreaterThan(1);
  } finally {
    clearInterval(writing);
    watch.stop();
  }
});

test.each([
  ["max_inotify_instances", "the user's limit of inotify instances is reached; raise fs.inotify.max_user_instances"],
  ["max_inotify_watches", "the user's limit of inotify watches is reached; raise fs.inotify.max_user_watches"],
])("a reached inotify limit is reported by name, once per directory: %s", async (limit, reason) => {
  const directory = place();
  const files = ["a/file", "b/file"].map((name) => join(directory, name));
  for (const file of files) mkdirSync(dirname(file));
  // In a separate user namespace, as these limits apply per user.
  const command = ["unshare", "--user", "--map-root-user", "sh", "-c", `echo 0 > /proc/sys/user/${limit} && exec "$@"`, "sh"];
  const program = join(import.meta.dir, "../fixtures/watches.ts");
  const child = Bun.spawn([...command, process.execPath, program, ...files], { stdio: ["ignore", "pipe", "inherit"] });
  const expected = ["a", "", "b"].map((name) => `Cannot watch "${join(directory, name)}" for changes: ${reason}\n`);
  expect(await child.stdout.text()).toBe(expected.join(""));
  expect(await child.exited).toBe(0);
});
