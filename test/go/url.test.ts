import { expect, test } from "bun:test";
import fc from "fast-check";
import { bytesOfText } from "../../src/go/bytes.ts";
import { hostHeader, hostName, parseUrl, requestAddress, resolveUrl, urlText } from "../../src/go/url.ts";

/** Formats the request for a reference at a URL, or its error. */
function asked(base: string, reference: string): string {
  const [from, to] = [parseUrl(base), parseUrl(reference)];
  if (!from.ok) return from.error;
  if (!to.ok) return to.error;
  const url = resolveUrl(from.value, to.value);
  const address = requestAddress(url);
  return address.ok ? `${url.host} ${address.value.target}` : address.error;
}

// Recorded from redirects followed by a Go agent; without a host: that of the base, localhost:8080.
test.each([
  ["", "////x", "////x"],
  ["", "///x", "///x"],
  ["", "//", "/"],
  ["", "/..//x", "/x"],
  ["", "..", "/"],
  ["", "../x", "/x"],
  ["", "*", "/*"],
  ["/d/e", ".", "/d/"],
  ["/d/e/", "..", "/d/"],
  ["/d/e/", "%2fx", "/d/e/%2fx"],
  ["/d/e/", "\\x", "/d/e/%5Cx"],
  ["/d/e/", "?", "/d/e/?"],
  ["/d/e", "./a:b", "/d/a:b"],
  ["/d/e", "/{}|^`", "/%7B%7D%7C%5E%60"],
  ["/d/e", '/"<>', "/%22%3C%3E"],
  ["/d/e", "/'", "/'"],
  ["/d/e", "/[x]", "/[x]"],
  ["/d/e", "/a/b/../../..", "/"],
  ["/ok?x=y", "#f", "/ok?x=y"],
  ["/ok?x=y", "??", "/ok??"],
  ["/ok?x=y", "./x", "/x"],
  ["/ok?x=y", "/a/%2E/x", "/a/%2E/x"],
  ["/ok?x=y", "/%2e%2e/x", "/%2e%2e/x"],
  ["/ok", "/x?a='\"<>", "/x?a='\"<>"],
  ["/ok", "/x?a=b&c=%zz", "/x?a=b&c=%zz"],
  ["/ok", "/\u00e4", "/%E4"],
  ["/ok", "http://127.0.0.1:08080/z", "127.0.0.1:08080 /z"],
  ["/ok", "http://user:pw@127.0.0.1:8080/z", "127.0.0.1:8080 /z"],
  ["/ok", "HTTP://LOCALHOST:8080/Z", "LOCALHOST:8080 /Z"],
  ["/ok", "http://localhost:8080?x", "localhost:8080 /?x"],
  ["/ok", "http://localhost:8080/a/../b", "localhost:8080 /b"],
  ["/ok", "//:8080/x", ":8080 /x"],
])("at %j %j leads to %s", (base, reference, expected) => {
  expect(asked(`http://localhost:8080${base}`, reference)).toBe(expected.startsWith("/") ? `localhost:8080 ${expected}` : expected);
});

test.each([
  [":8080/", "missing protocol scheme"],
  ["1:2", "first path segment in URL cannot contain colon"],
  ["/%zz", 'invalid URL escape "%zz"'],
  ["/x%", 'invalid URL escape "%"'],
  ["/a#%4", 'invalid URL escape "%4"'],
  ["http://h/%zz", 'invalid URL escape "%zz"'],
  ["http://[::1", "missing ']' in host"],
  ["http://a b/", 'invalid character " " in host name'],
  ["http://a:b/", 'invalid port ":b" after host'],
  ["http://h:1:2:x/", 'invalid port ":x" after host'],
  ["http://%41/", 'invalid URL escape "%41"'],
  ["http://a b@h/", "net/url: invalid userinfo"],
  ["/a\u0001", "net/url: invalid control character in URL"],
  ["http:", "no Host in request URL"],
  ["http:x", "no Host in request URL"],
  ["http:/x", "no Host in request URL"],
  ["http:///x", "no Host in request URL"],
  ["ftp://h/", 'unsupported protocol scheme "ftp"'],
  ["javascript:1", 'unsupported protocol scheme "javascript"'],
  ["http://h:0/", "invalid port 0"],
  ["http://h:80800/", "invalid port 80800"],
])("%j is refused: %s", (reference, problem) => {
  expect(asked("http://localhost:8080/ok", reference)).toBe(problem);
});

test("a request goes to the port of its scheme", () => {
  const address = (text: string) => {
    const url = parseUrl(text);
    return url.ok ? requestAddress(url.value) : url;
  };
  const to = (tls: boolean, host: string, port: number) => ({ ok: true as const, value: { tls, host, port, target: "/" } });
  expect(address("http://h")).toEqual(to(false, "h", 80));
  expect(address("https://h:/")).toEqual(to(true, "h", 443));
  expect(address("https://[fe80::1%25eth0]:8443")).toEqual(to(true, "fe80::1%eth0", 8443));
  expect(address("http://:8080")).toEqual(to(false, "", 8080));
});

test.each([
  ["http://h:/", "h"],
  ["http://[::1]:/", "[::1]"],
  ["http://H:080/", "H:080"],
  ["http://h", "h"],
])("the host header for %s is %s", (text, expected) => {
  const url = parseUrl(text);
  expect(url.ok && hostHeader(url.value)).toBe(expected);
});

test("for any text, a target contains no blanks, and a formatted URL parses to the same URL", () => {
  const piece = fc.constantFrom(
    "/",
    ".",
    "..",
    ":",
    "?",
    "#",
    "@",
    "[",
    "]",
    "%",
    "%2f",
    "http:",
    "a",
    "8080",
    " ",
    "\\",
    "é",
    "\u{1f600}",
    "\n",
    '"',
  );
  const text = fc.array(fc.oneof(piece, fc.string()), { maxLength: 8 }).map((pieces) => bytesOfText(pieces.join("")));
  fc.assert(
    fc.property(text, (reference) => {
      const [base, parsed] = [parseUrl("http://localhost:8080/a/b?c"), parseUrl(reference)];
      if (!base.ok || !parsed.ok) return;
      const url = resolveUrl(base.value, parsed.value);
      const address = requestAddress(url);
      if (!address.ok) return;
      expect(address.value.target).toMatch(/^\/[^\s]*$/);
      const again = parseUrl(urlText(url));
      expect(again).toEqual({ ok: true, value: url });
      expect(hostName(url)).not.toContain("/");
    }),
    { numRuns: 5_000, seed: 20_261_128 },
  );
});
