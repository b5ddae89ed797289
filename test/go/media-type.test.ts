import { expect, test } from "bun:test";
import { formatMediaType, parseMediaType } from "../../src/go/media-type.ts";

test.each([
  ["text/plain", "text/plain"],
  [" TEXT/Plain ; B=2 ; a=1;", "text/plain; a=1; b=2"],
  ["*", "*"],
  ['a/b; x="q\\"\\c"; y=""', 'a/b; x="q\\"\\\\c"; y=""'],
  ["a/b; x=1; x=1", "a/b; x=1"],
  ["a/b; x*0=one; x*1=two", "a/b; x=onetwo"],
  ["a/b; x*=utf-8''%e4%20z", "a/b; x*=utf-8''%E4%20z"],
  ["a/b; x*0*=utf-8'en'%41; x*1=b", "a/b; x=Ab"],
  ["a/b; x*=latin1''z", "a/b"],
  ["a/b; x*=utf-8''%zz", "a/b"],
])("reads %j as %j", (text, written) => {
  const media = parseMediaType(text);
  expect(media && formatMediaType(media)).toBe(written);
});

test.each(["", "/", "text/", "text /plain", "a/b; x", "a/b; =x", "a/b; x=", 'a/b; x="y', "a/b; x=1; X=2", "a/b;;"])(
  "refuses %j",
  (text) => {
    expect(parseMediaType(text)).toBeUndefined();
  },
);
