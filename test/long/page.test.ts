import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderPage } from "../../src/explain/page/page.ts";
import type { JsonObject } from "../../src/go/json-value.ts";
import { leavesOf } from "../explain/page/support.ts";
import { type Browser, openBrowser, type Tab, type View } from "../support/chromium.ts";
import { BINARY, ROOT } from "../support/subject.ts";

const POD = join(ROOT, "test/pod/fixtures/sidecar-1.30.yaml");
const WIDE: View = { width: 1400, height: 1000, scheme: "light", scripts: true };
const NARROW: View = { ...WIDE, width: 400, height: 800 };
const CONTROL_SHIFT = { none: 0, shift: 8 } as const;

let browser: Browser;
let directory = "";
const file = (name: string) => join(directory, name);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "attache-page-"));
  const other = readFileSync(POD, "utf8")
    .replace("name: reviews-5b97cfb8f9-x2v4p", "name: reviews-other")
    .replace("concurrency: 3", "concurrency: 4");
  writeFileSync(file("other.yaml"), other);
  writePage("one.html", `--from-file=${POD}`);
  writePage("two.html", `--from-file=${POD}`, `--from-file=${file("other.yaml")}`, "--profile=istio-1.30", "--profile=istio-1.31");
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  rmSync(directory, { recursive: true, force: true });
});

function writePage(name: string, ...argv: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync([...BINARY.command, "explain", `--html=${file(name)}`, ...argv], { cwd: directory, env: {} });
  expect([exitCode, stderr.toString()]).toEqual([0, ""]);
}

/** Opens a page, does something with it, and expects that the browser had nothing to complain about. */
async function onPage(address: string, view: View, use: (tab: Tab) => Promise<void>): Promise<void> {
  const tab = await browser.open(`file://${directory}/${address}`, view);
  await use(tab);
  expect(tab.complaints).toEqual([]);
  await tab.close();
}

/** Expressions that are evaluated in the page. */
const FOCUSED = "document.activeElement.closest('.tree li')?.id ?? document.activeElement.tagName";
const PANEL = "document.querySelector('.panel').innerText";
const STATUS = "document.querySelector('.status').textContent";
const FOLDS = "[...document.querySelectorAll('.tree details')].map((each) => each.open ? 1 : 0).join('')";
const isOpen = (id: string) => `document.getElementById(${JSON.stringify(id)}).querySelector('details').open`;
const isSeen = (id: string) => `document.getElementById(${JSON.stringify(id)}).checkVisibility()`;
const click = (selector: string) => `document.querySelector(${JSON.stringify(selector)}).click()`;
const pressButton = (name: string) =>
  `[...document.querySelectorAll('button')].find((each) => each.textContent === ${JSON.stringify(name)}).click()`;

describe("a page of one launch", () => {
  test("shows the inputs of the value that has the focus, and goes on with the keys of a tree", async () => {
    await onPage("one.html", WIDE, async (tab) => {
      expect(await tab.evaluate(PANEL)).toContain("Hover, focus or click a value");
      await tab.evaluate("document.getElementById('node').querySelector('summary').focus()");
      expect(await tab.evaluate(PANEL)).toStartWith("×\\nnode\\n".replaceAll("\\n", "\n"));
      await tab.press("ArrowRight");
      expect(await tab.evaluate(FOCUSED)).toBe("node.id");
      await tab.press("ArrowDown");
      expect(await tab.evaluate(FOCUSED)).toBe("node.cluster");
      const panel = String(await tab.evaluate(PANEL));
      expect(panel).toContain('POD_NAMESPACE = "bookinfo"\nwithout it: "reviews."');
      expect(panel).toContain("ISTIO_META_WORKLOAD_NAME or pod label app");
      expect(panel).toContain('without all of them: "istio-proxy.bookinfo"');
      await tab.press("ArrowLeft");
      expect(await tab.evaluate(FOCUSED)).toBe("node");
      await tab.press("ArrowLeft");
      expect(await tab.evaluate(isOpen("node"))).toBe(false);
      await tab.press("ArrowDown");
      expect(await tab.evaluate(FOCUSED)).not.toStartWith("node.");
      await tab.press("ArrowUp");
      await tab.press("ArrowRight");
      expect([await tab.evaluate(FOCUSED), await tab.evaluate(isOpen("node"))]).toEqual(["node", true]);
      await tab.press("End");
      expect(await tab.evaluate(FOCUSED)).toStartWith("envoy");
      await tab.press("Home");
      expect(await tab.evaluate(FOCUSED)).toBe(await tab.evaluate("document.querySelector('.tree > li').id"));
      await tab.press("Escape");
      expect(await tab.evaluate(PANEL)).toContain("Hover, focus or click a value");
    });
  });

  test("has one stop for the Tab key in its trees, which can be seen", async () => {
    await onPage("one.html", WIDE, async (tab) => {
      expect(await tab.evaluate("document.querySelectorAll('.tree [tabindex=\"0\"]').length")).toBe(1);
      await tab.evaluate("document.getElementById('node.id').querySelector('a.key').focus()");
      expect(await tab.evaluate("document.querySelector('.tree [tabindex=\"0\"]').closest('li').id")).toBe("node.id");
      await tab.press("ArrowDown");
      expect(await tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
      await tab.press("Tab");
      // Next come the inputs in the panel, or what follows the trees.
      expect(await tab.evaluate("document.activeElement.closest('.tree')")).toBeNull();
    });
  });

  test("leads from a value to its inputs, and back", async () => {
    await onPage("one.html", WIDE, async (tab) => {
      await tab.evaluate("document.getElementById('node.cluster').querySelector('a.key').focus()");
      await tab.press("i");
      expect(await tab.evaluate("document.activeElement.closest('.panel') !== null && document.activeElement.textContent")).toBe(
        "POD_NAMESPACE",
      );
      await tab.press("Tab");
      expect(await tab.evaluate("document.activeElement.textContent")).toStartWith("ISTIO_META_WORKLOAD_NAME or ");
      await tab.press("Escape");
      expect(await tab.evaluate(FOCUSED)).toBe("node.cluster");
      await tab.press("i");
      await tab.press("Enter");
      expect(await tab.evaluate("document.querySelector(':target h3').textContent")).toBe("POD_NAMESPACE");
    });
  });

  test("shows the inputs of what the mouse is at, and then the selected value again", async () => {
    await onPage("one.html", WIDE, async (tab) => {
      await tab.evaluate("document.getElementById('node.id').querySelector('a.key').focus()");
      const place = await tab.evaluate(
        "(({x, y}) => ({x, y}))(document.getElementById('node.cluster').querySelector('.row').getBoundingClientRect())",
      );
      const { x, y } = place as { x: number; y: number }; // what the expression returns
      await tab.moveTo(x + 20, y + 5);
      expect(await tab.evaluate(PANEL)).toContain("node.cluster\n");
      await tab.moveTo(5, 5);
      expect(await tab.evaluate(PANEL)).toContain("node.id\n");
    });
  });

  test("finds texts, and keeps what was folded and selected", async () => {
    await onPage("one.html", WIDE, async (tab) => {
      await tab.evaluate(pressButton("Fold all"));
      await tab.evaluate("document.getElementById('node').querySelector('summary').focus()");
      const before = await tab.evaluate(FOLDS);
      expect(before).toMatch(/^0+$/);
      await tab.press("/");
      expect(await tab.evaluate("document.activeElement.type")).toBe("search");
      await tab.type("xds-grpc");
      expect(await tab.evaluate(STATUS)).toMatch(/^1 of \d+$/);
      const seen =
        "(() => { const {top, bottom} = document.querySelector('.hit').getBoundingClientRect(); return top > 0 && bottom < innerHeight; })()";
      expect(await tab.evaluate(seen)).toBe(true);
      await tab.press("Enter");
      expect(await tab.evaluate(STATUS)).toStartWith("2 of ");
      await tab.press("Enter", CONTROL_SHIFT.shift);
      expect(await tab.evaluate(STATUS)).toStartWith("1 of ");
      await tab.press("Enter", CONTROL_SHIFT.shift);
      expect(await tab.evaluate(STATUS)).toMatch(/^(\d+) of \1$/);
      expect(await tab.evaluate("CSS.highlights.get('found').size")).toBeGreaterThan(1);
      await tab.press("Escape");
      expect(await tab.evaluate(FOLDS)).toBe(before);
      expect(await tab.evaluate(FOCUSED)).toBe("node");
      expect(await tab.evaluate("document.querySelector('.selected').id")).toBe("node");
      await tab.press("/");
      await tab.type("no such text");
      expect(await tab.evaluate(STATUS)).toBe("no match");
    });
  });

  test("finds a value by its path, and not all that is below", async () => {
    await onPage("one.html", WIDE, async (tab) => {
      await tab.press("/");
      await tab.type("node.cluster");
      const found = "document.querySelector('.hit').closest('li').id";
      expect(await tab.evaluate(found)).toBe("node.cluster");
      await tab.press("Escape");
      await tab.press("/");
      await tab.type("proxyconfig.concurrency");
      expect([await tab.evaluate(found), await tab.evaluate(STATUS)]).toEqual([
        "proxyConfig.concurrency",
        expect.stringMatching(/^1 of \d$/),
      ]);
    });
  });

  test("folds, unfolds, and folds what no input decides", async () => {
    await onPage("one.html", WIDE, async (tab) => {
      const atStart = await tab.evaluate(FOLDS);
      expect(atStart).toMatch(/1/);
      expect(atStart).toMatch(/0/);
      const kept = "[...document.querySelectorAll('.tree .from')].every((each) => each.checkVisibility())";
      expect(await tab.evaluate(kept)).toBe(true);
      await tab.evaluate(pressButton("Unfold all"));
      expect(await tab.evaluate(FOLDS)).toMatch(/^1+$/);
      await tab.evaluate(pressButton("Fold all"));
      expect(await tab.evaluate(FOLDS)).toMatch(/^0+$/);
      await tab.evaluate(pressButton("Fold defaults"));
      expect(await tab.evaluate(FOLDS)).toBe(atStart);
    });
  });

  test("goes to the value that its address names", async () => {
    await onPage(`one.html#${encodeURIComponent("static_resources.clusters[xds-grpc].name")}`, WIDE, async (tab) => {
      expect(await tab.evaluate(isSeen("static_resources.clusters[xds-grpc].name"))).toBe(true);
      expect(await tab.evaluate(PANEL)).toContain("static_resources.clusters[xds-grpc].name");
      await tab.evaluate(click("#node\\.id a.key"));
      expect(await tab.evaluate("location.hash")).toBe("#node.id");
    });
    await onPage("one.html#%E0%A4%A", WIDE, async (tab) => {
      expect(await tab.evaluate(isSeen("node"))).toBe(true);
    });
  });

  test("is read without scripts: everything is open, and a value leads to its inputs", async () => {
    await onPage("one.html", { ...WIDE, scripts: false }, async (tab) => {
      expect(await tab.evaluate(FOLDS)).toMatch(/^1+$/);
      expect(
        await tab.evaluate("document.querySelector('.toolbar').checkVisibility() || document.querySelector('.panel').checkVisibility()"),
      ).toBe(false);
      const text = String(await tab.evaluate("document.body.innerText"));
      expect(text).toContain("Inputs without effect");
      expect(text).toMatch(/cluster: "reviews.bookinfo"\s+POD_NAMESPACE/);
      expect(text).toContain('node.cluster: "reviews.bookinfo"; without it: "reviews."');
      const link = "document.querySelector('#node\\\\.cluster .from a').hash";
      expect(await tab.evaluate(`document.querySelector(${link}).innerText`)).toContain("POD_NAMESPACE");
    });
  });
});

describe("a page of two launches", () => {
  test("goes from difference to difference, from the last to the first", async () => {
    await onPage("two.html", WIDE, async (tab) => {
      const count = Number(await tab.evaluate("document.querySelectorAll('.differs').length"));
      expect(count).toBeGreaterThan(5);
      const status = "document.querySelectorAll('.status')[1].textContent";
      expect(await tab.evaluate(status)).toBe(`${count} differences`);
      await tab.evaluate("document.querySelector('.tree summary').focus()");
      await tab.press("d");
      expect(await tab.evaluate(status)).toBe(`1 of ${count} differences`);
      expect(await tab.evaluate("document.activeElement.closest('li').classList.contains('differs')")).toBe(true);
      await tab.press("D", CONTROL_SHIFT.shift);
      expect(await tab.evaluate(status)).toBe(`${count} of ${count} differences`);
      await tab.press("d");
      expect(await tab.evaluate(status)).toBe(`1 of ${count} differences`);
    });
  });

  test("opens what differs, and folds what is equal", async () => {
    await onPage("two.html", WIDE, async (tab) => {
      expect(await tab.evaluate("[...document.querySelectorAll('.differs')].every((each) => each.checkVisibility())")).toBe(true);
      expect(await tab.evaluate(isSeen("static_resources.clusters[xds-grpc].name"))).toBe(false);
      await tab.evaluate("document.getElementById('proxyConfig.concurrency').querySelector('a.key').focus()");
      const panel = String(await tab.evaluate(PANEL));
      expect(panel).toContain("A 3\nB 4");
      expect(panel).toMatch(/A\s*concurrency in pod annotation proxy.istio.io\/config = 3/);
      expect(panel).toMatch(/B\s*concurrency in pod annotation proxy.istio.io\/config = 4/);
    });
  });

  test("has the values of both sides beside each other, at the same place at every depth", async () => {
    await onPage("two.html", WIDE, async (tab) => {
      const places =
        "[...document.querySelectorAll('.differs.changed > .row .second')].map((each) => Math.round(each.getBoundingClientRect().left))";
      const lefts = (await tab.evaluate(places)) as number[]; // what the expression returns
      expect(lefts.length).toBeGreaterThan(3);
      expect(Math.max(...lefts) - Math.min(...lefts)).toBeLessThanOrEqual(1);
    });
  });
});

const VIEWS = ["one", "two"].flatMap((page) =>
  [WIDE, NARROW].flatMap((size) =>
    (["light", "dark"] as const).flatMap((scheme) => [true, false].map((scripts) => ({ page, ...size, scheme, scripts }))),
  ),
);

describe.each(VIEWS)("$page at $width, $scheme, scripts: $scripts", ({ page, ...view }) => {
  test("has no line that is cut off, enough contrast, and a picture to look at", async () => {
    const pictures = join(tmpdir(), "attache-page-pictures");
    mkdirSync(pictures, { recursive: true });
    await onPage(`${page}.html#node`, view, async (tab) => {
      expect(await tab.evaluate("document.documentElement.scrollWidth")).toBe(view.width);
      const outside =
        "[...document.querySelectorAll('main *, header *')].filter((each) => each.checkVisibility() && each.getBoundingClientRect().right > innerWidth + 1).length";
      expect(await tab.evaluate(outside)).toBe(0);
      expect(await tab.evaluate(`(${lowContrast})()`)).toEqual([]);
      const name = `${page}-${view.width}-${view.scheme}-${view.scripts ? "script" : "plain"}.png`;
      writeFileSync(join(pictures, name), await tab.screenshot());
    });
  });
});

/** Returns the elements with a text whose contrast is below that of WCAG's level AA. Runs in the page. */
const lowContrast = `() => {
  const luminance = (color) => {
    const [r, g, b] = color.map((each) => each / 255).map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const found = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const isText = [...element.childNodes].some((each) => each.nodeType === 3 && each.textContent.trim() !== "");
    if (!isText || !element.checkVisibility() || element.closest("script")) continue;
    const [a, b] = [luminance(parse(getComputedStyle(element).color).slice(0, 3)), luminance(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.add(element.tagName + "." + element.className + " " + ratio.toFixed(2));
  }
  return [...found];
}`;

test("is printed in full", async () => {
  await onPage("one.html", WIDE, async (tab) => {
    const before = await tab.evaluate(FOLDS);
    expect((await tab.print()).length).toBeGreaterThan(50_000);
    expect(await tab.evaluate(FOLDS)).toBe(before);
  });
});

test("thousands of lines are no burden", async () => {
  const document = wideDocument(190);
  expect(JSON.stringify(document, null, 2).split("\n").length).toBeGreaterThan(5000);
  const page = renderPage([{ name: "a large launch", profile: "istio-1.30", outcome: { kind: "planned", document }, unknowns: [] }]);
  expect(page.values).toBe(leavesOf(document).length);
  writeFileSync(file("large.html"), page.html);
  await onPage("large.html", WIDE, async (tab) => {
    const find = (text: string) =>
      `{ const field = document.querySelector("input"); field.value = ${JSON.stringify(text)}; field.dispatchEvent(new Event("input")); }`;
    const times: Record<string, number> = { load: await tab.threadTime() };
    for (const [name, action] of [
      ["unfold all", pressButton("Unfold all")],
      ["fold all", pressButton("Fold all")],
      ["find one", find("cluster-150")],
      ["find all", find("a")],
      ["end of search", find("")],
    ] as const) {
      const before = await tab.threadTime();
      await tab.evaluate(`${action}; new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))`);
      times[name] = (await tab.threadTime()) - before;
    }
    console.log(
      `5,900 lines, processor time in ms: ${Object.entries(times)
        .map(([name, time]) => `${name} ${time.toFixed(0)}`)
        .join(", ")}`,
    );
    // What a quiet machine needs is a fifth of this.
    expect(Object.entries(times).filter(([, time]) => !(time < 500))).toEqual([]);
  });
});

function wideDocument(clusters: number): JsonObject {
  const cluster = (index: number) => ({
    name: `cluster-${index}`,
    type: "EDS",
    connect_timeout: "1s",
    circuit_breakers: {
      thresholds: [
        { priority: "DEFAULT", max_connections: 100000 },
        { priority: "HIGH", max_requests: index },
      ],
    },
    typed_extension_protocol_options: {
      http: { "@type": "type.googleapis.com/envoy", explicit_http_config: { http2_protocol_options: {} } },
    },
    lb_endpoints: [{ address: "10.0.0.1", port_value: index }],
  });
  return { static_resources: { clusters: Array.from({ length: clusters }, (_, index) => cluster(index)) }, argv: {} };
}

test("texts that look like markup stay texts, in a browser too", async () => {
  const texts = [
    "</script><script>document.title = 'bad'</script>",
    "<img src=x onerror=\"document.title = 'bad'\">",
    '" onmouseover="document.title = \'bad\'"',
    "</style>",
    "<!--",
    "\u2028\u2029",
  ];
  const document = { node: Object.fromEntries(texts.map((text) => [text, text])), argv: {} };
  writeFileSync(
    file("hostile.html"),
    renderPage([{ name: texts.join(""), profile: "istio-1.30", outcome: { kind: "planned", document }, unknowns: [] }]).html,
  );
  await onPage("hostile.html", WIDE, async (tab) => {
    expect(await tab.evaluate("document.title")).not.toBe("bad");
    expect(
      await tab.evaluate("[...document.querySelectorAll('.tree .text')].slice(0, 5).map((each) => JSON.parse(each.textContent))"),
    ).toEqual(texts.slice(0, 5));
    expect(await tab.evaluate("document.querySelectorAll('img, iframe, object, script').length")).toBe(1);
    await tab.evaluate("document.getElementById('node').querySelector('summary').focus()");
    await tab.press("ArrowRight");
    for (const _ of texts) await tab.press("ArrowDown");
    expect(await tab.evaluate(PANEL)).toContain("u2028");
    // The policy lets no other script run, however it comes into the page.
    await tab
      .evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"document.title = 1\">')")
      .catch(() => undefined);
    expect(await tab.evaluate("document.title")).not.toBe("1");
    expect(tab.complaints.length).toBeGreaterThan(0);
    (tab.complaints as string[]).length = 0;
  });
});
