import { expect, test } from "bun:test";
import { messageBudget } from "../../src/mesh/message-budget.ts";

test("above a budget, the message that is incomplete for the longest time is given up", () => {
  const ended: string[] = [];
  const stream = (name: string) => () => void ended.push(name);
  const [one, two, three] = [stream("one"), stream("two"), stream("three")];
  const { hold } = messageBudget(100);
  hold(one, 40);
  hold(two, 40);
  hold(one, 60);
  expect(ended).toEqual([]);
  hold(three, 1);
  expect(ended).toEqual(["one"]);
  hold(three, 60);
  hold(two, 0);
  hold(two, 41);
  expect(ended).toEqual(["one", "three"]);
  hold(two, 101);
  expect(ended).toEqual(["one", "three", "two"]);
});
