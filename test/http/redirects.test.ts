import { expect, test } from "bun:test";
import { parseUrl, urlText } from "../../src/go/url.ts";
import { headersOf, nextRequest, requestFor } from "../../src/http/redirects.ts";

const url = { scheme: "http", host: "10.0.0.1:8080", path: "/ok", query: undefined };
const request = requestFor(url, { host: "h" });
const to = (location: string | undefined, status = 302) => ({
  status,
  headers: location === undefined ? [] : [["Location", location] as const],
});
const followed = (next: ReturnType<typeof nextRequest>) => (next.kind === "follow" ? next.request : expect.unreachable());
test.each([
  [200, "/x", "stop"],
  [302, undefined, "stop"],
  [302, "", "stop"],
  [304, "/x", "stop"],
  [302, "/there?a", "http://10.0.0.1:8080/there?a"],
  [307, "there", "http://10.0.0.1:8080/there"],
  [301, "http://10.0.0.1:9090/", "http://10.0.0.1:9090/"],
  [301, "https://10.0.0.1/", "https://10.0.0.1/"],
  [301, "http://other/", "stop"],
  [301, "//other/", "stop"],
  [301, "ftp://10.0.0.1/", "ftp://10.0.0.1/"],
  [301, "http:/x", "stop"],
  [301, "http://[", "fail"],
  [301, "/%zz", "fail"],
  [301, "http://%zz@10.0.0.1/", "fail"],
  [301, "http://a:%zz@10.0.0.1/", "fail"],
] as const)("%p to %p: %s", (status, location, expected) => {
  const next = nextRequest(request, to(location, status), 0, { otherHosts: false });
  expect(next.kind === "follow" ? urlText(next.request.url) : next.kind).toBe(expected);
});

test("the tenth redirect is not followed", () => {
  expect(nextRequest(request, to("/x"), 8, { otherHosts: false }).kind).toBe("follow");
  expect(nextRequest(request, to("/x"), 9, { otherHosts: false }).kind).toBe("fail");
});

test("a custom Host is kept until an absolute URL names another", () => {
  const rules = { otherHosts: true };
  const first = followed(nextRequest(request, to("//other:/x"), 0, rules));
  expect(headersOf(first)).toEqual([
    ["Host", "h"],
    ["Referer", "http://10.0.0.1:8080/ok"],
  ]);
  expect(followed(nextRequest(first, to("http://OTHER:/y"), 1, rules)).host).toBe("OTHER");
});

test("credentials and private URLs are not sent to other hosts", () => {
  const rules = { otherHosts: true };
  const headers = [
    ["cookie", "a"],
    ["Authorization", "b"],
    ["X-A", "c"],
  ] as const;
  const secret = requestFor({ ...url, scheme: "https", host: "a.test" }, { headers });
  const below = followed(nextRequest(secret, to("https://b.a.test/"), 0, rules));
  expect(headersOf(below)).toEqual([["Host", "b.a.test"], ...headers, ["Referer", "https://a.test/ok"]]);
  expect(headersOf(followed(nextRequest(secret, to("http://ba.test/"), 0, rules)))).toEqual([
    ["Host", "ba.test"],
    ["X-A", "c"],
  ]);
  const withReferer = { ...request, headers: [["referer", "mine"]] as const };
  expect(headersOf(followed(nextRequest(withReferer, to("/x"), 0, rules)))).toEqual([
    ["Host", "h"],
    ["referer", "mine"],
  ]);
});

// Go's client, isDomainOrSubdomain: an address with a zone is not a domain.
test.each([
  ["http://b.a.test/", ["Cookie"]],
  ["http://[::1%25.a.test]/", []],
  ["http://a.test.b/", []],
])("a cookie of a.test that is redirected to %s: %j", (location, kept) => {
  const secret = requestFor({ ...url, host: "a.test" }, { headers: [["Cookie", "a"]] });
  expect(followed(nextRequest(secret, to(location), 0, { otherHosts: true })).headers.map(([name]) => name)).toEqual(kept);
});

// Go's client, makeHeadersCopier: credentials stay within the domain, body headers are dropped with the body.
const CREDENTIALS = ["Authorization", "Www-Authenticate", "Cookie", "Cookie2", "Proxy-Authorization", "Proxy-Authenticate"];
const OF_THE_BODY = ["Content-Encoding", "Content-Language", "Content-Location", "Content-Type"];
test.each([
  [303, "http://a.test/", ["X-A", ...CREDENTIALS]],
  [303, "http://other.test/", ["X-A"]],
  [307, "http://a.test/", ["X-A", ...CREDENTIALS, ...OF_THE_BODY]],
  [307, "http://other.test/", ["X-A", ...OF_THE_BODY]],
])("a POST that is redirected with %d to %s keeps the headers %j", (status, location, kept) => {
  const headers = ["X-A", ...CREDENTIALS, ...OF_THE_BODY].map((name) => [name, "1"] as const);
  const post = requestFor({ ...url, host: "a.test" }, { method: "POST", body: "b", headers });
  const next = followed(nextRequest(post, to(location, status), 0, { otherHosts: true }));
  expect(next.headers.map(([name]) => name)).toEqual(kept);
});

test("dropped credentials are not restored, but redirects within the domain keep them", () => {
  const rules = { otherHosts: true };
  const secret = requestFor({ ...url, host: "a.test" }, { headers: [["Cookie", "a"]] });
  const away = followed(nextRequest(secret, to("http://b.test/"), 0, rules));
  expect(followed(nextRequest(away, to("http://a.test/"), 1, rules)).headers).toEqual([]);
  const below = followed(nextRequest(secret, to("http://b.a.test/"), 0, rules));
  expect(followed(nextRequest(below, to("http://a.test/"), 1, rules)).headers).toEqual([["Cookie", "a"]]);
});

test.each([
  [301, "POST", "GET", "", ["X-A"]],
  [302, "HEAD", "HEAD", "", ["X-A"]],
  [303, "GET", "GET", "", ["X-A"]],
  [307, "POST", "POST", "words", ["Content-Type", "X-A"]],
  [308, "PUT", "PUT", "words", ["Content-Type", "X-A"]],
] as const)("after %d a %s becomes %s", (status, method, expected, body, names) => {
  const headers = [
    ["Content-Type", "text/plain"],
    ["X-A", "1"],
  ] as const;
  const next = followed(nextRequest({ ...request, method, body: "words", headers }, to("/x", status), 0, { otherHosts: false }));
  expect([next.method, next.body, next.headers.map(([name]) => name)]).toEqual([expected, body, [...names]]);
});

test.each([
  ["http://u:p%40@h/", "Basic dTpwQA=="],
  ["http://u@h/", "Basic dTo="],
  ["//u:@h/", "Basic dTo="],
  ["http://h/", undefined],
])("a redirect to %s is authorized as %p", (location, expected) => {
  const next = followed(nextRequest(request, to(location), 0, { otherHosts: true }));
  expect(headersOf(next).find(([name]) => name === "Authorization")?.[1]).toBe(expected);
  // The user is kept in relative redirects, and never sent as a Referer.
  const after = followed(nextRequest(next, to("/y"), 1, { otherHosts: true }));
  expect(headersOf(after).find(([name]) => name === "Authorization")?.[1]).toBe(expected);
  expect(after.referer).toBe("http://h/");
  const names = ["Host", "Referer", ...(expected === undefined ? [] : ["Authorization"])];
  expect(headersOf(after).map(([name]) => name)).toEqual(names);
});

test("a user in the URL sets Authorization unless the caller does", () => {
  const parsed = parseUrl("http://u:p@h/");
  const url = parsed.ok ? parsed.value : expect.unreachable();
  expect(headersOf(requestFor(url))).toEqual([
    ["Host", "h"],
    ["Authorization", "Basic dTpw"],
  ]);
  expect(headersOf(requestFor(url, { headers: [["authorization", "mine"]] }))).toEqual([
    ["Host", "h"],
    ["authorization", "mine"],
  ]);
});
