import { describe, expect, test } from "bun:test";
import { socketAddress } from "../../src/bootstrap/address.ts";
import { keepaliveOf } from "../../src/bootstrap/keepalive.ts";
import { renderSections, type Template } from "../../src/bootstrap/render.ts";
import { renderUserTemplate } from "../../src/bootstrap/user-template.ts";

describe("renderSections", () => {
  const yielding =
    (text: string): Template =>
    () =>
      text;
  test("formats the document indented, with a newline", () => {
    expect(renderSections({ bootstrap: yielding('{"a":[1]}') }, {})).toBe('{\n  "a": [\n    1\n  ]\n}\n');
  });
  test("a section that is not JSON is a bug", () => {
    expect(() => renderSections({ bootstrap: yielding("{") }, {})).toThrow("The bootstrap template does not yield JSON");
  });
  test("a missing name is a bug, not the text undefined", () => {
    const template: Template = (it, _, json) => json(Reflect.get(it, "missing"));
    expect(() => renderSections({ bootstrap: template }, {})).toThrow("A template names a value that does not exist");
  });
});

describe("a user's Eta template", () => {
  const render = (text: string, parameters = {}) => renderUserTemplate("my.json.eta", text, parameters, 255);
  test("values are valid JSON whatever they contain", () => {
    expect(JSON.parse(render('{"id": <%= it.id %>}', { id: '"},{<%= it %>' }))).toEqual({ id: '"},{<%= it %>' });
  });
  test.each([
    ["a syntax error", "<% if ( %>"],
    ["no JSON", "{"],
    ["a value that is not there", '{"a": <%= it.nothing %>}'],
    ["a failing expression", "<%= it.a.b.c %>"],
  ])("%s is rejected with the template's name", (_, text) => {
    expect(() => render(text)).toThrow('Cannot render bootstrap template "my.json.eta"');
  });
});

test.each([
  ["127.0.0.1:80", { address: "127.0.0.1", port_value: 80 }],
  ["[2001:db8::100]:80", { address: "2001:db8::100", port_value: 80 }],
  ["$(HOST_IP):8126", { address: "$(HOST_IP)", port_value: 8126 }],
])("address %s", (text, value) => {
  expect(socketAddress("statsd", text)).toEqual({ ok: true, value });
});

test.each(["127.0.0.1", "2001:db8::100:80", "fake:", "fake:http", "fake:-1"])("address %s is rejected", (text) => {
  expect(socketAddress("statsd", text).ok).toBe(false);
});

test("keepalive members are objects with positive whole seconds (contract 1.6 §7.7)", () => {
  expect(keepaliveOf({ tcpKeepalive: { probes: 3, time: 10_000_000_000n, interval: 1_500_000_000n } })).toEqual({
    tcp_keepalive: { keepalive_probes: { value: 3 }, keepalive_time: { value: 10 }, keepalive_interval: { value: 1 } },
  });
  expect(keepaliveOf({ tcpKeepalive: {} })).toEqual({ tcp_keepalive: {} });
  expect(keepaliveOf({})).toBeUndefined();
});
